// The build for pages, `cacheref/memory`, in a page.
import * as library from "cacheref/memory";
import * as testing from "cacheref/testing";
import { runSuites } from "./suite.js";

/** @param {string} [only] */
globalThis.runSuites = (only) => runSuites({ ...library, ...testing, isMemoryBuild: true }, only);
document.documentElement.dataset.ready = "";
