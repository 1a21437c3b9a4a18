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

/** The error classes of the language. An error of another class is read back as an Error with its name. */
const ERRORS = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [type.name, type]),
);

/** @type {Record<string, (value: unknown) => unknown>} */
const reducers = {
  Error: (value) => {
    if (!isError(value)) return false;
    const { name, message, stack, cause } = value;
    // Errors carry more than their message, such as a code.
    return [name, message, stack, "cause" in value ? { cause } : {}, { ...value }];
  },
};

/** @type {Record<string, (value: any) => unknown>} */
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

/**
 * A value as text. Throws for what it cannot keep: functions, symbols, instances of unknown classes, and a property with the
 * name `__proto__`, which devalue refuses.
 * @param {unknown} value
 * @returns {string}
 */
export function serializer(value) {
  return stringify(value, reducers);
}

/**
 * The value that `serializer` was given, as a fresh copy.
 * @param {string | Uint8Array} stored
 * @returns {unknown}
 */
export function deserializer(stored) {
  return parse(typeof stored === "string" ? stored : new TextDecoder().decode(stored), revivers);
}

/** Both, as options: `new EntityCache({ ...rich })`. */
export const rich = { serializer, deserializer };
