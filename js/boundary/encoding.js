// @ts-check
/**
 * `TextEncoder` and `TextDecoder` for what scripts/bundle.mjs makes: Jest's jsdom has neither, but runs in Node. Nobody
 * imports this file; the bundler puts it in where the code names the two.
 */

/**
 * @template {"TextEncoder" | "TextDecoder"} Name
 * @param {Name} name
 * @returns {(typeof globalThis)[Name]}
 */
function find(name) {
  return globalThis[name] ?? /** @type {any} */ (globalThis).process?.getBuiltinModule?.("node:util")[name];
}

const Encoder = /* @__PURE__ */ find("TextEncoder");
const Decoder = /* @__PURE__ */ find("TextDecoder");

export { Decoder as TextDecoder, Encoder as TextEncoder };
