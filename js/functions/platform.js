// @ts-check
/** What differs between runtimes. */

/**
 * Whether this is Cloudflare's workerd: a timer, and all that a request waits for, ends with the request. So nobody may rely
 * on what another request has begun.
 */
export const isWorker = () => /** @type {any} */ (globalThis).navigator?.userAgent === "Cloudflare-Workers";
