// @ts-check
/**
 * A serializer for what JSON lacks: Date, Map, Set, RegExp, BigInt, undefined, NaN, -0, typed arrays, URL, Error, sparse
 * arrays, shared references and cycles. It stores text, and reading it never runs code.
 *
 * The package `devalue` does the work. Users install it: it is an optional peer dependency, imported nowhere else. Of
 * devalue, superjson and seroval it alone keeps every type above, and it is the quickest on values that need it
 * (`node bench/serializers.mjs`). On values for which JSON would do, superjson is shorter and reads quicker.
 */

import { parse, stringify } from "devalue";
import { isError } from "../boundary/realms.js";
import { refuse } from "../messages/errors.js";

/** The error classes of the language. An error of another class is read back as an Error with its name. */
const ERRORS = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [type.name, type]),
);

/** @type {Types} */
const reducers = {
  Error: (value) => {
    if (!isError(value)) return false;
    const { name, message, stack, cause } = value;
    // Errors carry more than their message, such as a code.
    return [name, message, stack, "cause" in value ? { cause } : {}, { ...value }];
  },
};

/** @type {Types} */
const revivers = {
  Error: ([name, message, stack, options, properties]) => {
    const type = ERRORS.get(name) ?? Error;
    const error = Object.assign(new type(message, options), properties);
    for (const [key, value] of Object.entries({ name, stack })) {
      if (error[key] !== value) Object.defineProperty(error, key, { value, configurable: true, writable: true });
    }
    return error;
  },
};

/** By the name of a type. @typedef {Record<string, (value: any) => unknown>} Types */
/** @typedef {{ serializer: (value: unknown) => string, deserializer: (stored: string | Uint8Array) => unknown }} Pair */

/**
 * A serializer that keeps instances of your own classes too. Its reducers are asked before that of errors.
 * @param {{ reducers: Types, revivers: Types }} types
 * @returns {Pair}
 */
export function richWith(types) {
  const { reducers: own, revivers: ownRevivers } = types ?? {};
  for (const [kind, given] of Object.entries({ reducers: own, revivers: ownRevivers }))
    if (given === null || typeof given !== "object") refuse(`${kind} of richWith()`, "an object of functions", given);
  for (const name of Object.keys({ ...own, ...ownRevivers }))
    for (const [kind, given] of Object.entries({ reducers: own[name], revivers: ownRevivers[name] }))
      if (typeof given !== "function")
        refuse(`${kind}.${name} of richWith()`, "a function (a type needs a reducer and a reviver)", given);
  return pairOf({ ...own, Error: own.Error ?? reducers.Error }, { ...revivers, ...ownRevivers });
}

/**
 * @param {Types} reducers
 * @param {Types} revivers
 * @returns {Pair}
 */
function pairOf(reducers, revivers) {
  return {
    serializer: (value) => stringify(value, reducers),
    deserializer: (stored) => parse(typeof stored === "string" ? stored : new TextDecoder().decode(stored), revivers),
  };
}

/** Both, as options: `new EntityCache({ ...rich })`. */
export const rich = /* @__PURE__ */ pairOf(reducers, revivers);

/**
 * `serializer` gives a value as text. It throws for what it cannot keep: functions, symbols, instances of unknown classes,
 * and a property with the name `__proto__`, which devalue refuses. `deserializer` gives the value back, as a fresh copy.
 */
export const { serializer, deserializer } = rich;
