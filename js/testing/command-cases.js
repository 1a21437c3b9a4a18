// @ts-check
/** The backend by itself: the commands, with the meaning that Redis gives them. */
import { equal, sameMembers } from "./check.js";

/** Characters that are syntax somewhere, and must be data everywhere. */
const ODD_NAMES = ["a b", "a:b", "*", "?", "[ab]", "\\", "{tag}", "%7C", "|", "a\nb", "ü", "名前", "🙂", "'\"`$"];

/**
 * @param {import("./suite.js").Subject} subject
 * @returns {import("./suite.js").Case[]}
 */
export function commandCases({ makeBackend, makePrefix, elapse }) {
  /** @type {import("./suite.js").Case[]} */
  const cases = [];

  /**
   * @param {string} name
   * @param {(backend: any, key: (name: string) => string) => Promise<void>} run
   */
  function add(name, run) {
    cases.push({
      name: `backend: ${name}`,
      run: () => {
        const prefix = makePrefix();
        return run(makeBackend(), (key) => prefix + key);
      },
    });
  }

  add("a key that is not there has no value", async (backend, key) => {
    equal((await backend.get(key("nothing"))) ?? null, null, "get");
    sameMembers(await backend.smembers(key("nothing")), [], "smembers");
    await backend.delete(key("nothing"));
  });

  add("a value comes back as it was set", async (backend, key) => {
    for (const value of ["{}", "", "0", "null", "ü 名前 🙂", '"\\u0000"', "line\nline", "x".repeat(100_000)]) {
      await backend.set(key("value"), value);
      equal(text(await backend.get(key("value"))), value, "get");
    }
  });

  add("a value set with an expiry is there at once", async (backend, key) => {
    await backend.set(key("set"), "1", 300);
    await backend.setex(key("setex"), 300, "2");
    equal(text(await backend.get(key("set"))), "1", "get after set with expire");
    equal(text(await backend.get(key("setex"))), "2", "get after setex");
    await backend.expire(key("setex"), 600);
    equal(text(await backend.get(key("setex"))), "2", "get after expire");
  });

  add("every character of a key is data", async (backend, key) => {
    for (const name of ODD_NAMES) await backend.set(key(name), name);
    for (const name of ODD_NAMES) equal(text(await backend.get(key(name))), name, "get");
    await backend.delete(key("*"), key("?"), key("[ab]"));
    equal((await backend.get(key("*"))) ?? null, null, 'get of the deleted "*"');
    equal(text(await backend.get(key("a:b"))), "a:b", 'get after deleting "*"');
  });

  add("keys finds by the beginning of a key", async (backend, key) => {
    for (const name of ["a:1", "a:10", "b:1", "a*", "a?"]) await backend.set(key(name), "1");
    /** @param {string} start */
    const found = async (start) => Array.from(await backend.keys(`${key(start)}*`), String);
    sameMembers(await found("a:"), [key("a:1"), key("a:10")], "keys of a:*");
    sameMembers(await found("a:10"), [key("a:10")], "keys of a:10*");
    sameMembers(await found("c"), [], "keys of c*");
  });

  add("delete takes several keys, of values and of sets", async (backend, key) => {
    await backend.set(key("value"), "1");
    await backend.sadd(key("set"), "member");
    await backend.set(key("other"), "1");
    await backend.delete(key("value"), key("set"), key("nothing"));
    equal((await backend.get(key("value"))) ?? null, null, "get");
    sameMembers(await backend.smembers(key("set")), [], "smembers");
    equal(text(await backend.get(key("other"))), "1", "get of a key not named");
  });

  add("a set holds each member once", async (backend, key) => {
    await backend.sadd(key("set"), "a", "b");
    await backend.sadd(key("set"), "b", "c");
    sameMembers(await backend.smembers(key("set")), ["a", "b", "c"], "smembers");
    await backend.expire(key("set"), 300);
    sameMembers(await backend.smembers(key("set")), ["a", "b", "c"], "smembers after expire");
  });

  add("every character of a member is data, and sets do not mix", async (backend, key) => {
    await backend.sadd(key("set"), ...ODD_NAMES);
    await backend.sadd(key("set|"), "another");
    await backend.sadd(key("set1"), "another");
    sameMembers(await backend.smembers(key("set")), ODD_NAMES, "smembers");
  });

  add("a pipeline, where there is one, answers in order", async (backend, key) => {
    if (typeof backend.pipeline !== "function") return;
    const pipeline = backend.pipeline();
    pipeline.set(key("a"), "1");
    pipeline.sadd(key("set"), "member");
    pipeline.get(key("a"));
    pipeline.smembers(key("set"));
    const replies = [...(await pipeline.execute())];
    equal(replies.length, 4, "the number of replies");
    equal(text(replies[2]), "1", "the reply of get");
    sameMembers(replies[3], ["member"], "the reply of smembers");
  });

  if (elapse) {
    add("what has expired is gone, and nothing else", async (backend, key) => {
      await backend.setex(key("short"), 60, "1");
      await backend.setex(key("long"), 600, "1");
      await backend.set(key("ever"), "1");
      await backend.sadd(key("set"), "member");
      await backend.expire(key("set"), 60);
      await elapse(61_000);
      equal((await backend.get(key("short"))) ?? null, null, "get of an expired value");
      sameMembers(await backend.smembers(key("set")), [], "smembers of an expired set");
      equal(text(await backend.get(key("long"))), "1", "get of a value that has not expired");
      equal(text(await backend.get(key("ever"))), "1", "get of a value without expiry");
    });
  }
  return cases;
}

const decoder = new TextDecoder();

/**
 * A backend may answer with bytes.
 * @param {unknown} reply
 */
function text(reply) {
  return reply instanceof Uint8Array ? decoder.decode(reply) : reply;
}
