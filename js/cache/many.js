// @ts-check
/**
 * Batches: a loader that takes an array of ids, cached id by id.
 *
 * Each id is one call of one wrapped function, so hits, joined runs, ttl and invalidations are those of any call. Only the
 * runs are special: they wait for the end of the turn and become one run of the loader. Waiting makes nothing stale: a
 * run takes its place in the invalidation log before the loader starts.
 */

import { idOf } from "../entities/ids.js";
import { isWorker } from "../functions/platform.js";
import { copyOf } from "../functions/run.js";
import { refuse } from "../messages/errors.js";
import { afterMicrotasks, Batch } from "./batch.js";
import { checkFunction, definitionOf, standFor } from "./wrap.js";

/** Many databases take a few thousand values in one query; a batch stays well below. */
const BATCH_SIZE = 1000;
const MORE_ARGUMENTS =
  "cache.many() passes ids alone to the loader, so its other arguments are left out; wrap a loader for each value of them, with a keyPrefix of its own";

/**
 * @param {string} entityType
 * @param {any} given the options of a wrapped function, and `batchSize`
 * @param {import("./batch.js").Loader} loader
 * @param {(run: Function, options: any) => any} wrap wraps the function that stands for the loader, id by id
 */
export function wrapMany(entityType, given, loader, wrap) {
  const { batchSize = BATCH_SIZE, ...options } = given ?? {};
  const { idField = "id", entities = {} } = options;
  check(entityType, loader, { batchSize, idField, entities });

  /** Calls that run at the same time may share an object only where all calls do. @param {unknown} row */
  const copy = (row) => {
    const definition = definitionOf(one);
    return definition === undefined || one.values === "shared" ? row : copyOf(definition, row);
  };
  const makeBatch = () => new Batch(loader, idField, batchSize, copy);
  const batch = makeBatch();
  /** @type {Batch | undefined} */
  let ofTurn;
  /** In a Worker each turn has a batch of its own: the calls of another turn may be those of another request. */
  const batchNow = () => {
    if (!isWorker()) return batch;
    if (ofTurn === undefined) {
      ofTurn = makeBatch();
      afterMicrotasks(() => {
        ofTurn = undefined;
      });
    }
    return ofTurn;
  };
  /** @type {(this: unknown, id: unknown) => Promise<unknown>} */
  const run = function (id) {
    return (this instanceof Batch ? this : batchNow()).add(id);
  };
  Object.defineProperty(run, "name", { value: loader.name });
  const one = wrap(run, {
    // 42 and "42" are one entity, hence one entry here.
    key: idOf,
    ...options,
    // By the id that was asked for: the row of an unknown id is `null`, and must be dropped once there is one.
    entities: { ...entities, [entityType]: (/** @type {unknown} */ _row, /** @type {unknown[]} */ [id]) => id },
  });

  /** @param {unknown[]} more what was given besides ids */
  const warnOfMore = (more) => {
    if (more.some((argument) => argument !== undefined)) definitionOf(one)?.warn("arguments", MORE_ARGUMENTS);
  };
  /** @param {unknown[]} ids @param {unknown[]} more */
  const many = async (ids, ...more) => {
    if (!Array.isArray(ids))
      refuse(`the argument of ${loader.name || "the loader"}`, "an array of ids", ids, "ERR_CACHEREF_IDS");
    warnOfMore(more);
    const ofCall = batchNow();
    const isDecided = ofCall.gather(new Set(ids.map(idOf)));
    return Promise.all(ids.map((id) => load(ofCall, id, isDecided)));
  };
  /**
   * @param {Batch} ofCall
   * @param {unknown} id
   * @param {(id: string) => void} isDecided
   */
  const load = (ofCall, id, isDecided) => {
    const row = ofCall === batch ? one(id) : one.call(ofCall, id);
    const decide = () => isDecided(idOf(id));
    row.then(decide, decide);
    return row;
  };
  /** @param {unknown} id @param {unknown[]} more */
  const single = async (id, ...more) => {
    warnOfMore(more);
    const ofCall = batchNow();
    return load(ofCall, id, ofCall.gather(new Set([idOf(id)])));
  };
  Object.defineProperties(single, Object.getOwnPropertyDescriptors(one));
  Object.defineProperty(many, "name", { value: loader.name });
  standFor(single, one);
  standFor(many, one);
  return Object.assign(many, { one: single, original: loader });
}

/**
 * @param {unknown} entityType
 * @param {unknown} loader
 * @param {{ batchSize: unknown, idField: unknown, entities: unknown }} options
 */
function check(entityType, loader, { batchSize, idField, entities }) {
  if (typeof entityType !== "string")
    refuse("the first argument of cache.many()", "an entity type (a string)", entityType);
  checkFunction(loader, "cache.many()");
  if (!Number.isInteger(batchSize) || /** @type {number} */ (batchSize) < 1) {
    refuse("batchSize", "a whole number >= 1", batchSize);
  }
  if (typeof idField !== "string" || idField.startsWith("$")) {
    refuse("idField", "the name of a field, by which cache.many() tells the rows apart", idField);
  }
  // "auto" would be at odds with the entity type.
  if (entities === null || typeof entities !== "object" || Array.isArray(entities)) {
    refuse("entities", "an object of entity types and where their ids are", entities);
  }
}
