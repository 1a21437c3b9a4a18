// How many milliseconds it takes to compile and instantiate the core, in a process of its own: node start.mjs
import { readFileSync } from "node:fs";
import { Core } from "../js/boundary/core.js";
import * as glue from "../js/core/glue.js";

const bytes = readFileSync(new URL("../js/core/cacheref.wasm", import.meta.url));
const begin = performance.now();
new Core(glue, () => new WebAssembly.Module(bytes)).exports;
console.log(performance.now() - begin);
