import { equal } from "../expect.js";
import { canonical, python } from "../vectors.js";

/**
 * Keys that others can compute: RFC 8785 and CPython have made these. The memory build has no Python keys.
 * @param {any} library
 */
export function vectorCases({ EntityCache, isMemoryBuild = false }) {
  const named = async () => null;
  return [
    ...canonical.map(([name, text, expected]) => ({
      name: `RFC 8785: ${name}`,
      async run() {
        const { key } = new EntityCache({ prefix: "p:" })({ keyPrefix: "f", keyFormat: "hashed" })(named);
        equal(key(JSON.parse(text)), `p:c:f:#${await hashOf(`[${expected}]`)}`);
      },
    })),
    ...(isMemoryBuild ? [] : python).map(([args, keywords, expected]) => ({
      name: `CPython: ${JSON.stringify(args)} ${JSON.stringify(keywords)}`,
      run() {
        const names = (keywords ?? []).map(([name]) => name);
        const { key } = new EntityCache({ prefix: "p:" })({
          keyPrefix: "f",
          keyFormat: "python",
          ...(keywords === null ? {} : { normalizeArgs: true, params: names }),
        })(named);
        equal(key(...args, ...(keywords ?? []).map(([, value]) => value)), `p:c:f:${expected}`);
      },
    })),
  ];
}

/** The hash of an argument part: the first 24 bytes of SHA-256, in base64url. @param {string} text */
async function hashOf(text) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...digest.subarray(0, 24)))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
