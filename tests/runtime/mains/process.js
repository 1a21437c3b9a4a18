// Node, Deno and Bun: the package is found as any package is.
import * as library from "cacheref";
import * as testing from "cacheref/testing";
import { runSuites } from "./suite.js";

const { Deno, Bun, process } = globalThis;
const version = Deno ? `Deno ${Deno.version.deno}` : Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
const outcomes = await runSuites({ ...library, ...testing }, process.argv[2]);
console.log(JSON.stringify({ version, outcomes }));
