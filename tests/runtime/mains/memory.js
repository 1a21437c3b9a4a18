// The build for pages, `cacheref/memory`, in a process.
import * as library from "cacheref/memory";
import * as testing from "cacheref/testing";
import { runSuites } from "./suite.js";

const outcomes = await runSuites({ ...library, ...testing, isMemoryBuild: true }, process.argv[2]);
console.log(JSON.stringify({ version: `cacheref/memory, Node ${process.versions.node}`, outcomes }));
