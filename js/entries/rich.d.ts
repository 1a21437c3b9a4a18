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
 * instances of other classes cannot be stored: the call is not cached, and a WARNING says so. `richWith` adds your classes.
 */

/** A value as text. Throws for what it cannot keep. */
export function serializer(value: unknown): string;

/** The value that `serializer` was given, as a fresh copy. */
export function deserializer(stored: string | Uint8Array): unknown;

/** Both, as options: `new EntityCache({ ...rich })`, or `cache("event", { ...rich })` for one function. */
export const rich: { serializer: typeof serializer; deserializer: typeof deserializer };

/** The types of `richWith`, by name: how each becomes data, and how the data becomes an instance again. */
export interface RichTypes {
  /** Each returns what is to be stored of a value of its type (an array, say), and a falsy value for any other. */
  // biome-ignore lint/suspicious/noExplicitAny: a reducer gets any value
  reducers: Record<string, (value: any) => unknown>;
  /** Each makes a value of its type from what its reducer returned. */
  // biome-ignore lint/suspicious/noExplicitAny: annotate the parameter as the reducer returns it
  revivers: Record<string, (data: any) => unknown>;
}

/**
 * The same, for your own classes too. The reducers and revivers are those of `devalue`.
 *
 * ```js
 * const types = richWith({
 *   reducers: { Money: (value) => value instanceof Money && [value.cents, value.currency] },
 *   revivers: { Money: ([cents, currency]) => new Money(cents, currency) },
 * });
 * const cache = new EntityCache({ ...types });
 * ```
 *
 * A stored value names its types, so a name must mean the same in every process that reads it.
 */
export function richWith(types: RichTypes): typeof rich;
