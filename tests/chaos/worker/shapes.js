// The cached functions of a worker: each reads versioned rows, and some of its runs outlast an invalidation.
import { SourceError } from "./judge.js";

/**
 * A cached function as the harness uses it.
 * @typedef {object} Shape
 * @property {string} name
 * @property {boolean} holdsRows whether the invalidation of a row's entity concerns it
 * @property {boolean} isList whether the invalidation of the type's lists does
 * @property {(id: number) => (string | number)[]} idsOf the rows in the result of a call
 * @property {(result: any) => number[]} versionsIn
 * @property {any} call
 * @property {(id: number) => unknown[]} argsOf
 */

/**
 * @param {import("../../../js/entries/index.js").EntityCache} cache
 * @param {object} setting
 * @param {import("./rows.js").Rows} setting.rows
 * @param {import("./judge.js").Judge} setting.judge
 * @param {(n: number) => number} setting.upTo
 * @param {(ms: number) => Promise<unknown>} setting.pause
 * @param {any} setting.workload
 * @returns {Record<string, () => Shape>}
 */
export function shapesOf(cache, { rows, judge, upTo, pause, workload }) {
  const { ids: rowCount = 6, slowest = 25, window = 1, calls = 1, isFailing = false } = workload;
  const next = (/** @type {number} */ id) => [id, id + 1, id + 2].map((each) => each % rowCount);

  /** One run. It is a provoked race if a row has changed meanwhile. @param {(string | number)[]} ids */
  async function load(ids) {
    const versions = await rows.versions(ids);
    // Most runs are quick; some last longer than an invalidation.
    if (upTo(3) === 0) {
      judge.slowRuns += 1;
      await pause(upTo(slowest));
      judge.slowRuns -= 1;
    }
    const after = await rows.versions(ids);
    if (after.some((version, i) => version > versions[i])) judge.count("races");
    if (isFailing && upTo(4) === 0) throw new SourceError("the source fails");
    return ids.map((id, i) => ({ id, version: versions[i] }));
  }
  const versionsIn = (/** @type {any} */ result) => [result].flat().map((row) => row.version);
  const rowOf = async (/** @type {number} */ id) => (await load([id]))[0];
  const argsOf = (/** @type {number} */ id) => [id];
  const isOf = { holdsRows: true, isList: false, versionsIn, argsOf };
  const one = (/** @type {string} */ name, options = {}) => ({
    ...isOf,
    name,
    idsOf: (/** @type {number} */ id) => [id],
    call: cache("user", { keyPrefix: name, ...options })(rowOf),
  });
  return {
    one: () => one("one"),
    three: () => ({
      ...isOf,
      name: "three",
      isList: true,
      idsOf: next,
      call: cache("user", { keyPrefix: "three" })((/** @type {number} */ id) => load(next(id))),
    }),
    many: () => {
      const many = cache.many("user", { keyPrefix: "many" })(load);
      const call = (/** @type {number} */ id) => many(next(id));
      return { ...isOf, name: "many", idsOf: next, call: Object.assign(call, { one: many.one }) };
    },
    revalidated: () => one("revalidated", { ttl: 0.5, staleWhileRevalidate: window }),
    early: () => one("early", { ttl: 1, earlyRefresh: 0.7 }),
    forgiving: () => one("forgiving", { ttl: 0.5, staleIfError: window }),
    soft: () => one("soft", { ttl: 5, staleWhileRevalidate: window }),
    // A list that grows: its version is the number of rows.
    list: () => ({
      ...isOf,
      name: "list",
      holdsRows: false,
      isList: true,
      idsOf: () => ["list"],
      argsOf: () => [],
      versionsIn: (/** @type {any[]} */ result) => [result[0]?.version ?? 0],
      call: cache("user", { keyPrefix: "list" })(async () => {
        const [{ version }] = await load(["list"]);
        return version === 0 ? [] : [{ id: `made-${version}`, version }];
      }),
    }),
    wide: () => ({
      ...isOf,
      name: "wide",
      isList: true,
      idsOf: () => Array.from({ length: rowCount }, (_, id) => id),
      argsOf: () => [],
      versionsIn: (/** @type {any[]} */ result) => result.slice(0, rowCount).map((row) => row.version),
      call: cache("user", { keyPrefix: "wide" })(async () => {
        const real = await load(Array.from({ length: rowCount }, (_, id) => id));
        return [...real, ...Array.from({ length: workload.width }, (_, i) => ({ id: `w${i}` }))];
      }),
    }),
    // Many calls whose results all hold one row.
    nth: () => ({
      ...isOf,
      name: "nth",
      idsOf: (/** @type {number} */ id) => [id],
      argsOf: (/** @type {number} */ id) => [id, upTo(calls)],
      call: cache("user", { keyPrefix: "nth" })(rowOf),
    }),
  };
}
