// @ts-check
/**
 * Makes each panic of the core a plain trap. A panic ends in a trap anyway, and nobody reads its message: but std's code
 * that writes messages stays in the module as long as a panic leads there: 6 KB of it, 2 by brotli.
 */
import binaryen from "binaryen";

/** The functions of std that never return and lead to each panic. A crate's name may have a hash behind it. */
const PANICS = [
  /^core::(panicking::panic|slice::index::slice_\w*fail|str::slice_error_fail|(option|result)::\w+_failed|cell::panic_)/,
  /^alloc::(raw_vec::(handle_error|capacity_overflow)|alloc::handle_alloc_error|vec::.*::assert_failed)/,
  /^(std::thread::local::panic_access_error|__rustc::rust_begin_unwind)/,
];

/**
 * The module with traps in place of panics, and how many functions that were. The optimizer drops what they have called.
 * @param {Uint8Array} named the module, with the names of its functions
 */
export function trapOnPanic(named) {
  const module = binaryen.readBinary(named);
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
  );
  const panics = functions.filter(({ name, module: imported }) => {
    const plain = name.replace(/^</, "").replace(/\[[0-9a-f]+\]/g, "");
    return imported === "" && PANICS.some((pattern) => pattern.test(plain));
  });
  for (const { name, params, results } of panics) {
    module.removeFunction(name);
    module.addFunction(name, params, results, [], module.unreachable());
  }
  const trapping = module.emitBinary();
  module.dispose();
  return { bytes: trapping, count: panics.length };
}
