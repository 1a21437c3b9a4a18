import { EntityCache, MemoryBackend } from "../../js/entries/node.js";
import { make as makeCopying } from "./cacheref.mjs";

/** cacheref, where every hit returns one shared object. */
export function make({ maxEntries }) {
  return makeCopying({ cache: new EntityCache({ backend: new MemoryBackend({ maxEntries, values: "shared" }) }) });
}
