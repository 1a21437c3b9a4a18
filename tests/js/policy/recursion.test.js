// A function that calls itself with the same arguments does not wait for itself, on any store.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SUBJECTS } from "./subjects.js";

for (const [subject, open] of Object.entries(SUBJECTS)) {
  test(`a function that calls itself after an await ends, and the inner call is a skip (${subject})`, async () => {
    const { cache } = await open({ runTimeout: "20ms" });
    let depth = 0;
    const get = cache("user", { keyPrefix: "get" })(async (id) => {
      await undefined;
      depth += 1;
      return depth % 4 === 0 ? { id } : get(id);
    });
    const alive = setInterval(() => {}, 1000);
    // Where AsyncLocalStorage has a price, it is used from the first time that a call has waited too long.
    assert.deepEqual(await get(1), { id: 1 });
    clearInterval(alive);
    const reasons = [];
    cache.on("join", () => assert.fail("it waits for itself"));
    cache.on("skip", ({ reason }) => reasons.push(reason));
    assert.deepEqual(await get(2), { id: 2 });
    assert.deepEqual(reasons, ["recursion", "recursion", "recursion"]);
    assert.equal(depth, 8);
    assert.deepEqual(await get(2), { id: 2 }, "its result is stored");
    assert.equal(depth, 8);
    await cache.close();
  });

  test(`two functions that call each other do not wait for themselves (${subject})`, async () => {
    const { cache } = await open({ runTimeout: "20ms" });
    const first = cache({ keyPrefix: "first" })(async (id) => {
      await undefined;
      return second(id);
    });
    let runs = 0;
    const second = cache({ keyPrefix: "second" })(async (id) => {
      await undefined;
      runs += 1;
      return runs < 3 ? first(id) : "end";
    });
    const alive = setInterval(() => {}, 1000);
    assert.equal(await first(1), "end");
    clearInterval(alive);
    await cache.close();
  });
}
