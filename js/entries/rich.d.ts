/**
 * `cacheref/rich`: a serializer for what JSON lacks. It needs `devalue` (`npm install devalue`).
 *
 * ```js
 * import { EntityCache } from "cacheref";
 * import { rich } from "cacheref/rich";
 *
 * const cache = new EntityCache({ ...rich });
 * ```
 *
 * Date, Map, Set, RegExp, BigInt, `undefined`, `NaN`, `-0`, typed arrays, ArrayBuffer, DataView, URL, Error (with cause
 * and properties), sparse arrays, shared references and cycles come back as what they were. Functions, symbols and
 * instances of other classes cannot be stored: the call is not cached, and a WARNING says so.
 */

/** A value as text. Throws for what it cannot keep. */
export function serializer(value: unknown): string;

/** The value that `serializer` was given, as a fresh copy. */
export function deserializer(stored: string | Uint8Array): unknown;

/** Both, as options: `new EntityCache({ ...rich })`, or `cache("event", { ...rich })` for one function. */
export const rich: { serializer: typeof serializer; deserializer: typeof deserializer };
