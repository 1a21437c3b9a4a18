// @ts-check
/**
 * The hooks of `cacheref/react`.
 *
 * A component reads on each render: a hit gives its value at once, a miss suspends. When what it shows has ended, it is
 * rendered again in a transition: React shows the old value until the new one is there.
 */
import { startTransition, use, useCallback, useEffect, useReducer, useTransition } from "react";
import { ConfigError, describe, messageOf, refuse } from "../messages/errors.js";
import { read, show, threw } from "./readings.js";

const CODE = "ERR_CACHEREF_REACT";

/**
 * The value of a cached call.
 * @param {any} fn
 * @param {unknown[]} args
 */
export function useCached(fn, ...args) {
  checkFunction(fn);
  const render = useRender();
  const key = fn.key(...args);
  if (key === undefined)
    throw new ConfigError(
      CODE,
      `useCached needs arguments that make a key, and function "${fn.name}" was given one that does not; its option key can say what counts`,
    );
  const promise = read(fn, key, args);
  // Equal arguments have one key, and the promise is that of the first render.
  useEffect(() => show(fn, key, args, promise, render), [fn, key, render]);
  if (promise.status === "rejected") threw(fn, key);
  return use(promise);
}

/**
 * A write, and whether it is under way.
 * @param {any} write
 */
export function useInvalidates(write) {
  if (typeof write !== "function") refuse("the argument of useInvalidates", "a function", write, CODE);
  const [isPending, startWrite] = useTransition();
  const run = useCallback(
    (/** @type {unknown[]} */ ...args) =>
      new Promise((resolve, reject) => startWrite(() => Promise.resolve(write(...args)).then(resolve, reject))),
    [write],
  );
  return [run, isPending];
}

/** What renders the component again. */
function useRender() {
  try {
    const [, count] = useReducer(increment, 0);
    return useCallback(() => startTransition(count), []);
  } catch (error) {
    if (!isOutside(error)) throw error;
    throw new ConfigError(CODE, "useCached is a hook: call it while a component renders, and not elsewhere", {
      cause: error,
    });
  }
}

/**
 * Whether React says that it renders nothing now: it reads its hooks from null, or has an error for that.
 * @param {unknown} error
 */
const isOutside = (error) => /useReducer|Invalid hook call|#321\b/.test(messageOf(error));

/** @param {number} count */
const increment = (count) => count + 1;

/** @param {any} fn */
function checkFunction(fn) {
  if (typeof fn !== "function" || typeof fn.subscribe !== "function")
    refuse("the first argument of useCached", "a function that cache() has wrapped", fn, CODE);
  if (fn.values === undefined)
    throw new ConfigError(
      "ERR_CACHEREF_BACKEND",
      `useCached needs a cache in memory, and the entries of ${describe(fn)} are on a shared backend: in a page, import "cacheref/memory"`,
    );
  if (fn.values === "copy")
    throw new ConfigError(
      CODE,
      `useCached needs one value for all hits, and ${describe(fn)} gives each a copy: new MemoryBackend({ values: "frozen" })`,
    );
}
