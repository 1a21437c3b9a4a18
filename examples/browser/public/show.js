/** Shows cached calls, each in a place of the page. It is what a framework does with `fn.subscribe`. */
import { cache } from "./calls.js";
import { element } from "./element.js";
import { follow } from "./panel.js";

/** What shows the calls again that are on the screen. @type {Set<() => Promise<void>>} */
const shown = new Set();

export const showAgain = () => Promise.all([...shown].map((paint) => paint()));

/**
 * Shows the value of a call, and shows it again when that value was invalidated. Returns what ends that.
 * @param {HTMLElement} place
 * @param {any} fn a function that the cache has wrapped
 * @param {unknown[]} args
 * @param {(value: any) => (Node | string)[]} render
 */
export function show(place, fn, args, render) {
  follow(fn, args);
  let latest = 0;

  async function paint() {
    latest += 1;
    const turn = latest;
    const { misses } = cache.stats();
    const start = performance.now();
    const call = fn(...args);
    const isHit = cache.stats().misses === misses;
    if (!isHit) place.dataset.state = "waiting";
    /** @type {(Node | string)[]} */
    let content;
    try {
      content = render(await call);
    } catch (error) {
      content = [element("p", {}, `${/** @type {Error} */ (error).message}: choose it again`)];
    }
    // Another paint of this place has begun meanwhile.
    if (turn !== latest) return;
    const from = isHit ? "from the cache" : `fetched in ${Math.round(performance.now() - start)} ms`;
    const label = element("footer", {}, element("code", {}, `${fn.original.name}(${args})`), ` ${from}`);
    replace(place, [...content, label]);
    place.dataset.state = isHit ? "cached" : "fetched";
  }

  const unsubscribe = fn.subscribe(args, (/** @type {{ reason: string }} */ { reason }) => {
    if (reason === "invalidated" || reason === "replaced") paint();
  });
  shown.add(paint);
  paint();
  return () => {
    latest += 1;
    shown.delete(paint);
    unsubscribe();
  };
}

/**
 * Who uses the keyboard stays where they are.
 * @param {HTMLElement} place
 * @param {(Node | string)[]} content
 */
function replace(place, content) {
  const id = place.contains(document.activeElement) ? document.activeElement?.id : "";
  place.replaceChildren(...content);
  if (id) document.getElementById(id)?.focus();
}
