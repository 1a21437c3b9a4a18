// @ts-check
/**
 * The types of a store and of a call. js/memory/store.js keeps entries in this process, js/remote/store.js where other
 * processes see them too.
 */

/** @typedef {import("./definition.js").Definition} Definition */
/** @typedef {import("./target.js").Target} Target */

/**
 * One call of a wrapped function.
 * @typedef {object} Call
 * @property {Definition} definition
 * @property {unknown} self its `this`
 * @property {unknown[]} args
 * @property {string} [key] where it is known already
 * @property {import("./nesting.js").Nest} [inside] the run that called, where that is known
 * @property {number} [order] what a store notes when the call begins
 * @property {boolean} [hasWaited] whether it has joined a run in vain
 * @property {AbortSignal} [signal] of the caller, where the function has the option `signal`
 */

/**
 * The methods that a wrapped function and its cache call.
 * @typedef {object} Store
 * @property {(definition: Definition, self: unknown, args: unknown[], signal?: AbortSignal) => Promise<unknown>} call
 * @property {(definition: Definition, self: unknown, args: unknown[]) => Promise<unknown>} peek what is cached, or undefined; the function does not run
 * @property {(definition: Definition, self: unknown, args: unknown[], signal?: AbortSignal) => Promise<unknown>} refresh runs the function and stores its result, whatever is cached
 * @property {(targets: Target[]) => Promise<number | undefined>} invalidate drops what the targets concern and says how many cached calls that were; undefined: it waits for the backend
 * @property {(targets: Target[]) => number} [invalidateNow] drops at once; only where no other process sees the entries
 * @property {SyncStore} [sync] the calls of synchronous functions; only where no other process sees the entries
 * @property {(type: string, id: string) => Promise<object[]>} explain
 * @property {() => object} stats
 * @property {() => Promise<void>} close
 * @property {(definition: Definition, self: unknown, args: unknown[], listener: (event: any) => any) => () => void} [subscribe] reports the end of one call's value until the answer is called; only where no other process sees the entries
 * @property {(definition: Definition, args: unknown[]) => Promise<{ payload: string, leftMs: number } | undefined>} [extract] the value of a call as text, and for how long it is fresh
 * @property {(key: string, payload: string, leftMs: number) => void} [accept] takes a value that another process has extracted
 * @property {"copy" | "shared" | "frozen"} [values] what hits give; undefined where other processes see the entries
 * @property {boolean} isShared whether other processes see the entries too
 */

/**
 * What answers the calls of synchronous functions.
 * @typedef {object} SyncStore
 * @property {(definition: Definition, arg: unknown) => unknown} hit what a call with this one argument gives, or undefined where that takes a look-up
 * @property {(definition: Definition, arg: unknown) => unknown} hitObject the same for a function with `key: identity`
 * @property {(definition: Definition, self: unknown, args: unknown[]) => unknown} call
 * @property {(definition: Definition, self: unknown, args: unknown[]) => unknown} peek
 * @property {(definition: Definition, self: unknown, args: unknown[]) => unknown} refresh
 * @property {"shared" | "frozen"} values
 */

/**
 * A backend that a cache makes itself.
 * @typedef {object} OwnBackend
 * @property {(context: import("./context.js").Context) => void} release gives its memory back
 */

export {};
