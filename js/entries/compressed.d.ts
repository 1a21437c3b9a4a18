/**
 * `cacheref/compressed`: larger values are stored compressed, by the platform's CompressionStream.
 *
 * ```js
 * import { EntityCache } from "cacheref";
 * import { compressed } from "cacheref/compressed";
 *
 * const cache = new EntityCache({ ...compressed() });
 * ```
 */

export interface CompressedOptions {
  /** The serializer that is wrapped. Default: `JSON.stringify`. */
  serializer?(value: unknown): string | Uint8Array | Promise<string | Uint8Array>;
  /** Its counterpart. Default: `JSON.parse`. */
  deserializer?(stored: string | Uint8Array): unknown;
  /** Values from this length on are compressed. Default: 1024. */
  minBytes?: number;
  /** The format of compressed values. Default: `"deflate-raw"`, the shortest. */
  format?: "gzip" | "deflate" | "deflate-raw";
}

/**
 * Wraps a serializer and a deserializer. Values that were stored as text before can still be read.
 *
 * @throws {ConfigError} if an option is wrong
 */
export function compressed(options?: CompressedOptions): {
  serializer: (value: unknown) => Promise<string | Uint8Array>;
  deserializer: (stored: string | Uint8Array) => Promise<unknown>;
};
