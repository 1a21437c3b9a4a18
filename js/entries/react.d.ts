/**
 * `cacheref/react`: cached calls in components. It needs React 19 or later (`npm install react`).
 *
 * ```jsx
 * import { EntityCache, MemoryBackend } from "cacheref/memory";
 * import { useCached, useInvalidates } from "cacheref/react";
 *
 * const cache = new EntityCache({ backend: new MemoryBackend({ values: "frozen" }) });
 * const getUser = cache("user")(async function getUser(id) { return (await fetch(`/api/users/${id}`)).json(); });
 * const rename = cache.invalidates("user")(async (id, name) => putUser(id, { name }));
 *
 * function User({ id }) {
 *   const user = useCached(getUser, id);
 *   const [save, isPending] = useInvalidates(rename);
 *   return <button disabled={isPending} onClick={() => save(id, "Ada")}>{user.name}</button>;
 * }
 * ```
 */
import type { CachedArguments, CachedFunction, CachedResult } from "./index.js";

// biome-ignore lint/suspicious/noExplicitAny: the one type that every function is assignable to
type AnyFunction = (this: any, ...args: any[]) => any;

/**
 * The value of a cached call, also of a synchronous function. On a hit the component reads it at once; on a miss it suspends, so a `<Suspense>` above it
 * shows its fallback. If the function fails, the error boundary above gets its error; a component that is mounted later runs the
 * function again.
 *
 * The component is rendered again when the value that it shows was invalidated or replaced, and only then. That is a
 * transition: the old value stays on the screen until the new one is there.
 *
 * @throws ConfigError on a shared backend, on a `MemoryBackend` with `values: "copy"`, for arguments that make no key, and
 * outside of a render.
 */
export function useCached<F extends AnyFunction>(fn: CachedFunction<F>, ...args: CachedArguments<F>): CachedResult<F>;

/**
 * A write, such as `cache.invalidates("user")(fn)` makes, and whether it is under way: until what it invalidated is on the
 * screen anew. What the returned function gives is what the write gives; it rejects with its error.
 */
export function useInvalidates<F extends AnyFunction>(
  write: F,
): [write: (...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>, isPending: boolean];
