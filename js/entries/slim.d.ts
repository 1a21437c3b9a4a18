/**
 * `cacheref/slim`: the same API for programs that load the wasm themselves, for example to preload it or to have it as a
 * file of its own in the HTTP cache. The file is `cacheref/cacheref.wasm`.
 */
export * from "./index.js";

/** An object of one of the runtime's own classes, if the runtime (and the program's `lib`) has that class. */
type Global<Name extends string> = typeof globalThis extends { [N in Name]: { prototype: infer T } } ? T : never;
type WebAssemblyModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer T } } } ? T : never;

/** Where the wasm comes from: a URL to fetch, a response, bytes, or a compiled `WebAssembly.Module`. */
export type Source = string | Global<"URL"> | Global<"Response"> | ArrayBuffer | ArrayBufferView | WebAssemblyModule;

/**
 * Loads the core once: all calls share the first load. Await it before you wrap the first function. If it fails, the
 * next call tries again.
 *
 * @param source default: `cacheref.wasm` beside the script, for pages that load the package's files as they are. With a
 * bundler write `init(new URL("cacheref/cacheref.wasm", import.meta.url))`.
 * @throws ConfigError (`ERR_CACHEREF_INIT`) if it cannot be loaded.
 */
export function init(source?: Source | Promise<Source>): Promise<void>;
