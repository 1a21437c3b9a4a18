// Functions with one keyPrefix share entries, whatever else their options say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SUBJECTS } from "./subjects.js";

/** What the second function has and the first has not, so that it asks the backend for more, or for another form. */
const MORE = {
  earlyRefresh: { earlyRefresh: 10 },
  staleWhileRevalidate: { staleWhileRevalidate: 10 },
  staleIfError: { staleIfError: 10 },
  deserializer: { deserializer: (/** @type {any} */ stored) => JSON.parse(String(stored)) },
};

for (const [subject, open] of Object.entries(SUBJECTS)) {
  for (const [option, more] of Object.entries(MORE)) {
    for (const value of [42, [7, 8]]) {
      const shown = JSON.stringify(value);
      test(`two functions of one keyPrefix, one with ${option}, both get ${shown} in one turn (${subject})`, async () => {
        const { cache } = await open({});
        const options = { keyPrefix: "get", ttl: 60 };
        const first = cache(options)(async () => value);
        const second = cache({ ...options, ...more })(async () => assert.fail("it is stored"));
        await first();
        assert.deepEqual(await Promise.all([first(), second()]), [value, value]);
        assert.deepEqual(await Promise.all([second(), first(), second()]), [value, value, value]);
        assert.equal(cache.stats().hits, 5);
        await cache.close();
      });
    }
  }
}
