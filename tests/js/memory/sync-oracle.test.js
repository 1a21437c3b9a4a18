// Random calls of synchronous functions and invalidations, beside a Map that knows the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { identity } from "../../../js/entries/node.js";
import { setUp } from "../../helpers/cache.js";

/** Numbers from 0 to below `limit`, the same for the same seed. @param {number} seed */
function random(seed) {
  let state = seed;
  return (/** @type {number} */ limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const STATES = Array.from({ length: 4 }, (_, id) => ({ id }));
const TTL_MS = 10_000;

/**
 * Each function gives a new object for each run, so `===` says whether a call was a hit.
 * @type {Record<string, { options: object, args: (pick: (limit: number) => number) => any[], keyOf: (args: any[]) => string, idsOf: (args: any[]) => number[] }>}
 */
const FUNCTIONS = {
  "by a number": {
    options: {},
    args: (pick) => [pick(6)],
    keyOf: ([id]) => `${id}`,
    idsOf: ([id]) => [id],
  },
  "by two values": {
    options: {},
    args: (pick) => [pick(4), { page: pick(2) }],
    keyOf: ([id, { page }]) => `${id} ${page}`,
    idsOf: ([id, { page }]) => [id, id + page],
  },
  "by an object's identity": {
    options: { key: identity },
    args: (pick) => [STATES[pick(4)]],
    keyOf: ([{ id }]) => `${id}`,
    idsOf: ([{ id }]) => [id],
  },
};

for (const values of ["copy", "shared", "frozen"]) {
  for (const [name, { options, args: makeArgs, keyOf, idsOf }] of Object.entries(FUNCTIONS)) {
    test(`calls ${name} are hits exactly when a Map has them (${values})`, () => {
      for (let seed = 1; seed <= 20; seed += 1) {
        const pick = random(seed);
        const { cache, clock } = setUp({}, { values });
        let runs = 0;
        const get = cache.sync("user", { ttl: TTL_MS / 1000, ...options })((...args) => {
          runs += 1;
          return { rows: idsOf(args).map((id) => ({ id })), run: runs };
        });
        // The rows are a list of users: a page.
        const model = new Map();
        const drop = (/** @type {(entry: any) => boolean} */ isMeant) => {
          for (const [key, entry] of model) if (isMeant(entry)) model.delete(key);
        };
        for (let step = 0; step < 300; step += 1) {
          const args = makeArgs(pick);
          const action = pick(20);
          if (action < 13) {
            const kept = model.get(keyOf(args));
            const isHit = kept !== undefined && clock() < kept.until;
            const before = runs;
            const value = get(...args);
            assert.equal(runs, isHit ? before : before + 1, `seed ${seed}, step ${step}`);
            if (isHit) assert.equal(value, kept.value);
            else model.set(keyOf(args), { value, ids: idsOf(args), until: clock() + TTL_MS });
          } else if (action < 15) {
            const id = pick(6);
            cache.invalidateEntity("user", id);
            drop(({ ids }) => ids.includes(id));
          } else if (action === 15) {
            assert.equal(get.invalidate(...args), isFresh(model.get(keyOf(args)), clock()));
            model.delete(keyOf(args));
          } else if (action === 16) {
            const value = get.refresh(...args);
            model.set(keyOf(args), { value, ids: idsOf(args), until: clock() + TTL_MS });
          } else if (action === 17) {
            const kept = model.get(keyOf(args));
            assert.equal(get.peek(...args), isFresh(kept, clock()) ? kept.value : undefined);
          } else if (action === 18) {
            clock.advance(pick(4000));
          } else if (pick(4) === 0) {
            cache.invalidateLists("user");
            model.clear();
          }
        }
      }
    });
  }
}

/** @param {any} entry @param {number} now */
const isFresh = (entry, now) => entry !== undefined && now < entry.until;
