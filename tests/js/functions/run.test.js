// One execution of the user's function: what is stored of its result, and what nobody gets to see of a failure.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { readCacheOptions, readFunctionOptions } from "../../../js/cache/options.js";
import { deserialize, execute, lifetime, load, loaded, serialize } from "../../../js/functions/run.js";
import { UnderWay } from "../../../js/functions/under-way.js";

/** A definition as far as js/functions/run.js looks at it. */
function define(options = {}, fn = () => undefined) {
  const warnings = [];
  return {
    fn,
    warnings,
    looksLeft: 3,
    context: { options: { operationTimeout: 20 }, clock: () => 0 },
    options: readFunctionOptions(readCacheOptions(), undefined, options),
    warn: (subject, message) => warnings.push(`${subject}: ${message}`),
  };
}

describe("executing", () => {
  test("this and the arguments reach the function unchanged", async () => {
    const self = { name: "api" };
    const definition = define({}, function (...args) {
      return [this, args];
    });
    const argument = {};
    const [seenSelf, seenArgs] = await execute(new UnderWay(definition, self, [argument, undefined]));
    assert.equal(seenSelf, self);
    assert.equal(seenArgs.length, 2);
    assert.equal(seenArgs[0], argument);
  });

  for (const thrown of [new Error("no"), "text", undefined, null, { code: 5 }]) {
    test(`what is thrown (${String(thrown)}) is the rejection itself, whether at once or later`, async () => {
      const throws = define({}, () => {
        throw thrown;
      });
      const rejects = define({}, () => Promise.reject(thrown));
      for (const definition of [throws, rejects]) {
        const outcome = await execute(new UnderWay(definition, undefined, [])).then(
          () => assert.fail("it did not reject"),
          (error) => ({ error }),
        );
        assert.equal(outcome.error, thrown);
      }
    });
  }
});

describe("lifetimes", () => {
  test("seconds and texts are milliseconds; the default is an hour", () => {
    assert.equal(lifetime(define(), {}, []), 3_600_000);
    assert.equal(lifetime(define({ ttl: 5 }), {}, []), 5000);
    assert.equal(lifetime(define({ ttl: "5m" }), {}, []), 300_000);
    assert.equal(lifetime(define({ ttl: Infinity }), {}, []), Infinity);
    assert.equal(lifetime(define({ ttl: 0 }), {}, []), 0);
  });

  test("a function decides by result and arguments", () => {
    const ttl = (result, args) => (result.isHot ? "1s" : args[0]);
    assert.equal(lifetime(define({ ttl }), { isHot: true }, [9]), 1000);
    assert.equal(lifetime(define({ ttl }), { isHot: false }, [9]), 9000);
  });

  test("null has its own ttl where one is given", () => {
    const definition = define({ ttl: 60, nullTtl: 5 });
    assert.equal(lifetime(definition, null, []), 5000);
    assert.equal(lifetime(definition, [], []), 60_000);
    assert.equal(lifetime(define({ ttl: 60 }), null, []), 60_000);
  });

  for (const [what, ttl] of Object.entries({
    throws: () => {
      throw new Error("no");
    },
    "answers nonsense": () => "soon",
    "answers nothing": () => undefined,
    "answers a negative number": () => -5,
  })) {
    test(`a ttl function that ${what} stores nothing and is told`, () => {
      const definition = define({ ttl });
      assert.equal(lifetime(definition, {}, []), 0);
      assert.equal(definition.warnings.length, 1);
      assert.match(definition.warnings[0], /^ttl: its ttl function .*nothing is stored$/);
    });
  }

  test("jitter only shortens, by no more than its share", () => {
    const definition = define({ ttl: 100, jitter: 0.1 });
    const seen = Array.from({ length: 1000 }, () => lifetime(definition, {}, []));
    assert.ok(seen.every((ms) => ms > 90_000 && ms <= 100_000));
    assert.ok(new Set(seen).size > 900);
  });
});

describe("serializing", () => {
  for (const value of [null, 0, "", false, [], {}, { id: 1 }]) {
    test(`${JSON.stringify(value)} is a value like any other`, () => {
      const definition = define();
      assert.deepEqual(deserialize(definition, serialize(definition, value)), { value });
      assert.deepEqual(definition.warnings, []);
    });
  }

  test("undefined, which JSON cannot represent, is not stored, and that is no warning", () => {
    const definition = define();
    assert.equal(serialize(definition, undefined), undefined);
    assert.deepEqual(definition.warnings, []);
  });

  test("a custom serializer may store undefined, and bytes", () => {
    const definition = define({
      serializer: (value) => Uint8Array.of(value === undefined ? 0 : 1),
      deserializer: (bytes) => bytes[0],
    });
    assert.deepEqual(serialize(definition, undefined), Uint8Array.of(0));
    assert.deepEqual(deserialize(definition, Uint8Array.of(7)), { value: 7 });
  });

  const cycle = {};
  cycle.self = cycle;
  for (const [what, value] of [
    ["a cycle", cycle],
    ["a bigint", 1n],
    ["a toJSON that throws", { toJSON: () => assert.fail("no") }],
    ["a function", () => {}],
  ]) {
    test(`${what} is not stored, and is told`, () => {
      const definition = define();
      assert.equal(serialize(definition, value), undefined);
      assert.equal(definition.warnings.length, 1);
      assert.match(definition.warnings[0], /cannot be serialized and is not stored/);
    });
  }

  test("a serializer that gives neither text nor bytes is told", () => {
    const definition = define({ serializer: () => 5, deserializer: JSON.parse });
    assert.equal(serialize(definition, {}), undefined);
    assert.match(definition.warnings[0], /gave number, not a string or a Uint8Array/);
  });

  test("serializers may be asynchronous, and fail asynchronously", async () => {
    const definition = define({
      serializer: async (value) => JSON.stringify(value),
      deserializer: async (text) => JSON.parse(text),
    });
    assert.equal(await serialize(definition, [1]), "[1]");
    assert.deepEqual(await deserialize(definition, "[1]"), { value: [1] });
    assert.equal(await serialize(definition, 1n), undefined);
    assert.equal(await deserialize(definition, "{"), undefined);
    assert.equal(definition.warnings.length, 2);
  });

  test("serializers that never end are waited for no longer than for a backend", async () => {
    const never = () => new Promise(() => {});
    const definition = define({ serializer: never, deserializer: never });
    assert.equal(await serialize(definition, [1]), undefined);
    assert.equal(await deserialize(definition, "[1]"), undefined);
    assert.match(definition.warnings[0], /is not stored: the serializer did not end within 20 ms/);
    assert.match(definition.warnings[1], /counts as a miss \(the deserializer did not end within 20 ms\)/);
  });

  for (const value of [
    new Response("text"),
    new Blob(["text"]),
    new ReadableStream(),
    Readable.from(["text"]),
    (function* () {})(),
    (async function* () {})(),
  ]) {
    const name = value.constructor.name || Object.prototype.toString.call(value);
    test(`what no store can keep is not stored, as JSON or as it is: ${name}`, async () => {
      const definition = define({ ttl: 60 });
      assert.equal(serialize(definition, value), undefined);
      const { skipped } = await loaded({ definition, args: [] }, value, false);
      assert.equal(skipped, "not serializable");
      assert.match(definition.warnings[0], /^kept: its result is an? \w+, which cannot be kept, so it is not stored/);
      value.destroy?.();
    });
  }

  test("what JSON changes is reported with its place, and stored as JSON has it", () => {
    const definition = define();
    assert.equal(serialize(definition, { id: 1 }), '{"id":1}');
    assert.equal(serialize(definition, { at: new Date(0) }), '{"at":"1970-01-01T00:00:00.000Z"}');
    serialize(definition, { by: new Map() });
    assert.equal(definition.warnings.length, 1);
    assert.match(
      definition.warnings[0],
      /^change: a hit gives another result than the first call: result\.at is a Date,/,
    );
  });

  test("only the first results are looked at, and none where JSON was asked for", () => {
    const late = define();
    for (let time = 0; time < 3; time++) serialize(late, { id: time });
    serialize(late, { at: new Date(0) });
    const asked = define({ serializer: JSON.stringify, deserializer: JSON.parse });
    serialize(asked, { at: new Date(0) });
    assert.deepEqual([late.warnings, asked.warnings], [[], []]);
  });

  test("a bigint is named by its place", () => {
    const definition = define();
    serialize(definition, { rows: [{ n: 1 }, { n: 1n }] });
    assert.match(definition.warnings[0], /is not stored: result\.rows\[1\]\.n is a bigint; cacheref\/rich has a/);
  });

  test("an empty object is a value like any other, whatever made it", () => {
    const definition = define();
    for (const value of [{}, Object.create(null), runInNewContext("({})")]) serialize(definition, value);
    assert.deepEqual(definition.warnings, []);
  });

  test("bytes are no JSON, even where their text would be some", () => {
    const definition = define();
    assert.equal(deserialize(definition, new Uint8Array([254])), undefined);
    assert.match(definition.warnings[0], /counts as a miss \(bytes, not JSON\)/);
  });

  test("a stored value that cannot be read is a miss, and is told without its content", () => {
    const definition = define();
    assert.equal(deserialize(definition, '{"password":"hunter2'), undefined);
    assert.equal(definition.warnings.length, 1);
    assert.match(definition.warnings[0], /counts as a miss/);
    assert.doesNotMatch(definition.warnings[0], /hunter2/);
  });
});

describe("loading", () => {
  const call = (definition, ...args) => new UnderWay(definition, undefined, args);

  test("one execution gives the result, its payload and its ttl", async () => {
    const definition = define({ ttl: (result, args) => result.id + args[0] }, (id) => ({ id }));
    assert.deepEqual(await load(call(definition, 2), true), {
      result: { id: 2 },
      payload: '{"id":2}',
      ttlMs: 4000,
      skipped: undefined,
    });
  });

  test("where values are shared there is no payload, even of a string", async () => {
    const loaded = await load(call(define({ ttl: 1 }, () => '{"id":5}')), false);
    assert.deepEqual(loaded, { result: '{"id":5}', payload: undefined, ttlMs: 1000, skipped: undefined });
  });

  test("a ttl of 0 is a reason to skip, and the payload is there for joined calls", async () => {
    const loaded = await load(call(define({ ttl: 0 }, () => 1)), true);
    assert.deepEqual(loaded, { result: 1, payload: "1", ttlMs: 0, skipped: "ttl" });
  });

  for (const serializes of [true, false]) {
    test(`undefined is not stored, and its ttl is not asked for (serializes: ${serializes})`, async () => {
      const definition = define({ ttl: (result) => result.ttl });
      const loaded = await load(call(definition), serializes);
      assert.deepEqual(loaded, { result: undefined, payload: undefined, ttlMs: 0, skipped: "not serializable" });
      assert.deepEqual(definition.warnings, []);
    });
  }

  test("a serializer may be asynchronous, and may make a payload of undefined", async () => {
    const definition = define({ ttl: 1, serializer: async (value) => String(value), deserializer: () => undefined });
    const loaded = await load(call(definition), true);
    assert.deepEqual(loaded, { result: undefined, payload: "undefined", ttlMs: 1000, skipped: undefined });
  });

  test("it rejects with the function's own error, and with nothing else", async () => {
    const error = new Error("no");
    const fail = () => {
      throw error;
    };
    await assert.rejects(load(call(define({}, fail)), true), error);
    const broken = await load(call(define({ serializer: fail, deserializer: fail }, () => 1)), true);
    assert.equal(broken.skipped, "not serializable");
    assert.equal((await load(call(define({ ttl: fail }, () => 1)), true)).skipped, "ttl");
  });
});
