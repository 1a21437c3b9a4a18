// @ts-check
/**
 * Which runs the code under way is part of. A function that calls itself with the same arguments would wait for its own
 * run: such a call must not join.
 *
 * AsyncLocalStorage knows that after an `await` too. Where a runtime has none, only what runs before the first `await` is
 * known. Node before 24 slows down every promise of the process once AsyncLocalStorage is used; there it is used from
 * the first time that a call has waited for a run as long as it may.
 */

/** One run, as the code inside of it sees it. */
export class Nest {
  isOver = false;

  /** @param {Nest | undefined} outer the run that this one was started in, where the caller knows it */
  constructor(outer) {
    this.outer = outer;
  }
}

/** @typedef {{ run: (nest: Nest, act: (...args: any[]) => unknown, ...args: unknown[]) => any, getStore: () => Nest | undefined }} Storage */

/** @type {Storage | undefined} */
let storage;
let hasLooked = false;
/** The run whose function is on the stack: only where there is no storage. @type {Nest | undefined} */
let current;

/**
 * Calls `fn` as part of a run.
 * @param {Nest} nest
 * @param {Function} fn
 * @param {unknown} self
 * @param {unknown[]} args
 */
export function runIn(nest, fn, self, args) {
  if (!hasLooked) look(isCheap());
  let outer = storage === undefined ? (current ?? nest.outer) : storage.getStore();
  // Runs that are over are left out: a function that begins itself anew for ever must not make an endless chain.
  while (outer?.isOver) outer = outer.outer;
  nest.outer = outer;
  if (storage !== undefined) return storage.run(nest, apply, fn, self, args);
  return goOnIn(nest, fn, self, args);
}

/**
 * Calls `fn` in the run that `onStack` gave a moment ago.
 * @param {Nest | undefined} nest
 * @param {Function} fn
 * @param {unknown} self
 * @param {unknown[]} args
 */
export function goOnIn(nest, fn, self, args) {
  const before = current;
  current = nest;
  try {
    return fn.apply(self, args);
  } finally {
    current = before;
  }
}

/** The run whose function calls just now, for a store that looks for runs later; undefined where a storage knows it. */
export function onStack() {
  return current;
}

/** Whether the code under way is part of any run. */
export function isNested() {
  return (storage === undefined ? current : storage.getStore()) !== undefined;
}

/**
 * Whether the code under way is part of a run.
 * @param {Nest | undefined} nest
 * @param {Nest | undefined} [inner] what `onStack` gave when the call began
 */
export function isIn(nest, inner = current) {
  if (storage !== undefined) inner = storage.getStore();
  while (inner !== undefined && inner !== nest) inner = inner.outer;
  return inner !== undefined;
}

/** A call has waited too long for a run, which may be its own: from now on that is known. */
export function suspect() {
  look(true);
}

/** @param {Function} fn @param {unknown} self @param {unknown[]} args */
const apply = (fn, self, args) => fn.apply(self, args);

/** @param {boolean} isWanted */
function look(isWanted) {
  hasLooked = true;
  if (!isWanted || storage !== undefined) return;
  const { process, AsyncLocalStorage = process?.getBuiltinModule?.("node:async_hooks")?.AsyncLocalStorage } =
    /** @type {any} */ (globalThis);
  if (typeof AsyncLocalStorage === "function") storage = new AsyncLocalStorage();
}

/** Whether AsyncLocalStorage costs nothing where it is not used: everywhere, except in Node before 24. */
function isCheap() {
  const { process, Bun, Deno } = /** @type {any} */ (globalThis);
  const node = process?.versions?.node;
  return node === undefined || Bun !== undefined || Deno !== undefined || Number.parseInt(node, 10) >= 24;
}
