// Functions to cache, which count their runs or wait, and promises that a test resolves by hand.

/**
 * A function that counts its runs.
 * @param {(...args: any[]) => any} compute
 */
export function counted(compute) {
  const fn = async function counted(/** @type {any[]} */ ...args) {
    fn.runs += 1;
    return compute(...args);
  };
  fn.runs = 0;
  return fn;
}

/** A synchronous function that counts its runs. @param {(...args: any[]) => any} compute */
export function countedSync(compute) {
  const fn = function total(/** @type {any[]} */ ...args) {
    fn.runs += 1;
    return compute.apply(this, args);
  };
  fn.runs = 0;
  return fn;
}

/** A promise and its `resolve`. @template T @returns {{ promise: Promise<T>, resolve: (value: T) => void }} */
export function gate() {
  /** @type {any} */
  const made = {};
  made.promise = new Promise((resolve) => {
    made.resolve = resolve;
  });
  return made;
}

/**
 * A function that counts its runs, each of which waits until `pass` is called.
 * @param {(...args: any[]) => any} compute
 */
export function gated(compute) {
  const { promise, resolve } = gate();
  const fn = counted(async (...args) => {
    await promise;
    return compute(...args);
  });
  return Object.assign(fn, { pass: () => resolve(undefined) });
}
