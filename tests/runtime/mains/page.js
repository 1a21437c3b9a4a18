// A page, without a bundler: an import map says where the package is.
import * as library from "cacheref";
import * as testing from "cacheref/testing";
import { runSuites } from "./suite.js";

/** @param {string} [only] */
globalThis.runSuites = (only) => runSuites({ ...library, ...testing }, only);
document.documentElement.dataset.ready = "";
