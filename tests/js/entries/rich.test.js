// The rich serializer: what comes back is what was stored, or nothing is.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EntityCache } from "../../../js/entries/node.js";
import { deserializer, rich, richWith, serializer } from "../../../js/entries/rich.js";

const roundTrip = (value) => deserializer(serializer({ value })).value;

test("values that JSON has no words for come back as they were", () => {
  const kinds = {
    undefined,
    nan: Number.NaN,
    infinite: -Infinity,
    negativeZero: -0,
    bigint: 2n ** 100n,
    date: new Date(0),
    regexp: /a\/b/giu,
    url: new URL("https://example.org/a?b#c"),
    map: new Map([[{ key: 1 }, new Set([new Date(1)])]]),
    bytes: new Uint8Array([0, 255]),
    floats: new Float64Array([1.5, -0]),
    bigints: new BigInt64Array([-1n]),
    buffer: new Uint8Array([1, 2]).buffer,
    view: new DataView(new ArrayBuffer(2)),
    sparse: Object.assign(new Array(3), { 0: 1, 2: 3 }),
    bare: Object.assign(Object.create(null), { a: 1 }),
    text: 'lone \ud800, quotes " and \u0000',
  };
  for (const [kind, value] of Object.entries(kinds)) assert.deepEqual(roundTrip(value), value, kind);
  assert.ok(Number.isNaN(roundTrip(new Date(Number.NaN)).getTime()));
});

test("shared references stay shared, and a cycle a cycle", () => {
  const shared = { a: 1 };
  const value = { first: shared, second: shared };
  value.self = value;
  const back = roundTrip(value);
  assert.equal(back.first, back.second);
  assert.equal(back.self, back);
});

test("an error keeps its class, message, stack, cause and properties", () => {
  const error = Object.assign(new TypeError("bad", { cause: new RangeError("worse") }), { code: "E_BAD" });
  const back = roundTrip(error);
  assert.ok(back instanceof TypeError);
  assert.equal(back.stack, error.stack);
  assert.equal(back.code, "E_BAD");
  assert.ok(back.cause instanceof RangeError);
  assert.deepEqual(Object.keys(back), ["code"]);
  assert.equal("cause" in roundTrip(new Error("no cause")), false);
});

test("an error of a class of its own comes back as an Error that bears its name", () => {
  class PaymentError extends Error {
    get name() {
      return "PaymentError";
    }
  }
  const back = roundTrip(new PaymentError("declined"));
  assert.equal(String(back), "PaymentError: declined");
});

test("what cannot be kept is refused, and never stored as something else", () => {
  class Account {}
  for (const value of [() => {}, Symbol("s"), new Account(), new WeakMap(), Promise.resolve()]) {
    assert.throws(() => serializer({ value }));
  }
});

test("any value comes back as it was, or is refused", () => {
  const anything = fc.anything({
    ...{ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true },
    ...{ withSparseArray: true, withNullPrototype: true, withUnicodeString: true },
  });
  fc.assert(
    fc.property(anything, (value) => {
      let text;
      try {
        text = serializer(value);
      } catch {
        return;
      }
      // Not deepEqual, to which two invalid dates differ.
      assert.equal(fc.stringify(deserializer(text)), fc.stringify(value));
    }),
    { numRuns: 500 },
  );
});

test("reading runs no code and pollutes no prototype", () => {
  for (const text of ['[["Object",1],{}]', '[{"__proto__":1},{"polluted":2},true]', "[[]", '{"a":1}', "alert(1)"]) {
    try {
      deserializer(text);
    } catch {
      // Refused is well.
    }
    assert.equal({}.polluted, undefined);
  }
});

test("a backend may hand out bytes", () => {
  const stored = new TextEncoder().encode(rich.serializer(new Map([["ü", 1n]])));
  assert.deepEqual(rich.deserializer(stored), new Map([["ü", 1n]]));
});

class Money {
  constructor(cents, currency) {
    this.cents = cents;
    this.currency = currency;
  }
}
const MONEY = {
  reducers: { Money: (value) => value instanceof Money && [value.cents, value.currency] },
  revivers: { Money: ([cents, currency]) => new Money(cents, currency) },
};

test("richWith keeps instances of your own classes, at any depth, beside all that rich keeps", () => {
  const { serializer, deserializer } = richWith(MONEY);
  const value = { prices: new Map([["now", new Money(5n, "EUR")]]), at: new Date(0), error: new RangeError("no") };
  const back = deserializer(serializer(value));
  assert.ok(back.prices.get("now") instanceof Money);
  assert.deepEqual(back, value);
  assert.ok(back.error instanceof RangeError);
  assert.throws(() => rich.serializer(value), /arbitrary non-POJOs/);
});

test("a reducer of your own decides about errors before that of rich", () => {
  class HttpError extends Error {
    constructor(status) {
      super(`status ${status}`);
      this.status = status;
    }
  }
  const { serializer, deserializer } = richWith({
    reducers: { HttpError: (value) => value instanceof HttpError && [value.status] },
    revivers: { HttpError: ([status]) => new HttpError(status) },
  });
  const back = deserializer(serializer([new HttpError(404), new TypeError("no")]));
  assert.ok(back[0] instanceof HttpError);
  assert.equal(back[0].status, 404);
  assert.ok(back[1] instanceof TypeError);
});

test("a cache gives instances back, finds the entities in them, and reads no type that it does not know", async () => {
  const cache = new EntityCache({ ...richWith(MONEY) });
  const getPrice = cache("product")(async function getPrice(id) {
    return { id, price: new Money(500, "EUR") };
  });
  await getPrice(1);
  assert.ok((await getPrice(1)).price instanceof Money);
  assert.equal(await cache.invalidateEntity("product", 1), 1);
  assert.throws(() => rich.deserializer(richWith(MONEY).serializer(new Money(1, "EUR"))), /Unknown type Money/);
});

for (const [given, message] of [
  [undefined, "reducers of richWith() must be an object of functions, got undefined"],
  [{ reducers: {} }, "revivers of richWith() must be an object of functions, got undefined"],
  [
    { ...MONEY, revivers: {} },
    "revivers.Money of richWith() must be a function (a type needs a reducer and a reviver), got undefined",
  ],
  [
    { ...MONEY, reducers: { Money: "Money" } },
    'reducers.Money of richWith() must be a function (a type needs a reducer and a reviver), got "Money"',
  ],
]) {
  test(`richWith refuses bad input: ${message}`, () => {
    assert.throws(() => richWith(given), { name: "ConfigError", code: "ERR_CACHEREF_OPTION", message });
  });
}
