// @ts-check
/**
 * `waitUntil` of Cloudflare Workers, which needs no `ctx`: what a request has begun goes on after its response, since other
 * requests may wait for it.
 *
 * Older versions of workerd have no such export, and a static import of what is missing ends the program. A bundler for
 * another runtime cannot resolve the module: the comments leave the import as it is. The module itself is kept, not the
 * promise of it, which would end with the request that asked first.
 */

const nothing = () => {};

/** @type {((work: Promise<unknown>) => void) | undefined} */
let own;

/**
 * Keeps the request under way alive until `work` settles. Never throws: outside of a request there is nothing to keep alive.
 * @param {Promise<unknown>} work
 */
export function waitUntil(work) {
  if (own === undefined) {
    load()
      .then(() => own?.(work))
      .catch(nothing);
    return;
  }
  try {
    own(work);
  } catch {}
}

async function load() {
  // esbuild takes an import that it cannot resolve as it is where its failure is caught right behind it.
  // @ts-expect-error: there are no types of it
  const workers = await import(/* webpackIgnore: true */ /* @vite-ignore */ "cloudflare:workers").catch(nothing);
  own ??= workers?.waitUntil ?? nothing;
}
