/**
 * `cacheref/slim`: the same API for those who load the wasm themselves, to have it in a file of its own (caching,
 * preloading) or under a Content-Security-Policy of their own. The file is `cacheref/cacheref.wasm`.
 */
export * from "./index.js";

/** An object of one of the runtime's own classes, where the runtime (and the program's `lib`) has it. */
type Global<Name extends string> = typeof globalThis extends { [N in Name]: { prototype: infer T } } ? T : never;
type WebAssemblyModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer T } } } ? T : never;

/** Where the wasm comes from: a URL to fetch, a response, bytes, or a compiled `WebAssembly.Module`. */
export type Source = string | Global<"URL"> | Global<"Response"> | ArrayBuffer | ArrayBufferView | WebAssemblyModule;

/**
 * Loads the core; to be awaited before the first function is wrapped. Once loaded, further calls do nothing, and calls
 * made meanwhile share the first. One that fails can be tried again.
 *
 * @param source default: `cacheref.wasm` beside the script, which is for pages that load the package's files as they are.
 * Bundlers are to be told: `init(new URL("cacheref/cacheref.wasm", import.meta.url))`.
 * @throws ConfigError (`ERR_CACHEREF_INIT`) if it cannot be loaded.
 */
export function init(source?: Source | Promise<Source>): Promise<void>;
