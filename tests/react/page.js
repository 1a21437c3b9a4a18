/**
 * What happens to components in a page: each scenario mounts some, changes something and answers with what was rendered.
 * It is bundled with the packed package and React's development build, and react.test.js runs it in Chromium.
 */
import { EntityCache, MemoryBackend } from "cacheref/memory";
import { useCached, useInvalidates } from "cacheref/react";
import { Component, createElement as h, StrictMode, Suspense, startTransition, use, useEffect, useState } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { counted, gate } from "../helpers/functions.js";

/** @param {any} [options] @param {any} [backend] */
const makeCache = (options, backend) =>
  new EntityCache({ backend: new MemoryBackend({ values: "frozen", ...backend }), ...options });

/** Users as a server has them, whose names change. */
function users() {
  /** @type {Map<number, string>} */
  const names = new Map();
  const cache = makeCache();
  const load = counted((id) => ({ id, name: names.get(id) ?? `user ${id}` }));
  const getUser = cache("user", { keyPrefix: "getUser" })(load);
  const rename = cache.invalidates("user")(async function rename(id, name) {
    names.set(id, name);
    return { id };
  });
  return { cache, load, getUser, rename };
}

/** How often each component was called and shown, by its label. */
function counters() {
  /** @type {Record<string, number>} */
  const renders = {};
  /** @type {Record<string, number>} */
  const commits = {};
  /** @param {string | number} label */
  const useCounter = (label) => {
    renders[label] = (renders[label] ?? 0) + 1;
    useEffect(() => {
      commits[label] = (commits[label] ?? 0) + 1;
    });
  };
  const reset = () => {
    for (const counts of [renders, commits]) for (const label of Object.keys(counts)) delete counts[label];
  };
  return { renders, commits, useCounter, reset };
}

/** Waits until something is so. @param {() => unknown} isSo */
async function until(isSo) {
  while (!isSo()) await new Promise((resolve) => requestAnimationFrame(resolve));
}

/** Lets React do what it has to do. */
async function settle() {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

/** Whether React has taken over an element that a server has rendered. @param {Element | null} element */
const isHydrated = (element) =>
  element !== null && Object.keys(element).some((name) => name.startsWith("__reactFiber"));

/** @param {any} element */
function mount(element) {
  const place = document.body.appendChild(document.createElement("div"));
  const root = createRoot(place);
  root.render(element);
  return {
    root,
    text: () => place.textContent,
    shows: (/** @type {string} */ text) => until(() => place.textContent === text),
    /** Whether a text is shown by now or at any time from now on. @param {string} text */
    watchFor: (text) => {
      let isSeen = false;
      const look = () => {
        isSeen ||= place.textContent?.includes(text) === true;
      };
      const observer = new MutationObserver(look);
      observer.observe(place, { subtree: true, childList: true, characterData: true, attributes: true });
      look();
      return () => isSeen;
    },
  };
}

const waiting = h("i", null, "waiting");
/** @param {...any} children */
const suspense = (...children) => h(Suspense, { fallback: waiting }, ...children);

class Boundary extends Component {
  /** @type {{ error?: Error }} */
  state = {};
  /** @param {Error} error */
  static getDerivedStateFromError(error) {
    return { error };
  }
  render() {
    const { error } = this.state;
    if (error === undefined) return /** @type {any} */ (this.props).children;
    return h("button", { type: "button", onClick: () => this.setState({ error: undefined }) }, error.message);
  }
}

const click = () => /** @type {HTMLElement} */ ([...document.querySelectorAll("button")].at(-1)).click();

/** @type {Record<string, () => Promise<unknown>>} */
const scenarios = {
  async tenComponents() {
    const { getUser, rename, load } = users();
    const { renders, commits, useCounter, reset } = counters();
    const User = (/** @type {{ id: number }} */ { id }) => {
      useCounter(id);
      return h("b", null, useCached(getUser, id).name, ";");
    };
    const ids = Array.from({ length: 10 }, (_, index) => index + 1);
    const { shows } = mount(ids.map((id) => h(Suspense, { key: id, fallback: waiting }, h(User, { id }))));
    await shows(ids.map((id) => `user ${id};`).join(""));
    await settle();
    reset();
    await rename(3, "Ada");
    await shows(ids.map((id) => (id === 3 ? "Ada;" : `user ${id};`)).join(""));
    await settle();
    return { rendered: Object.keys(renders), commits: { ...commits }, runs: load.runs };
  },

  async lists() {
    const { cache, getUser, rename } = users();
    const { commits, useCounter, reset } = counters();
    const listUsers = cache("user", { keyPrefix: "listUsers" })(async (from) => [{ id: from }, { id: from + 1 }]);
    const User = (/** @type {{ id: number }} */ { id }) => {
      useCounter(`user ${id}`);
      return h("b", null, useCached(getUser, id).name, ";");
    };
    const List = (/** @type {{ from: number }} */ { from }) => {
      useCounter(`list ${from}`);
      return useCached(listUsers, from).map((/** @type {any} */ user) => h(User, { key: user.id, id: user.id }));
    };
    const { shows } = mount(suspense(h(List, { from: 1 }), h(List, { from: 3 })));
    await shows("user 1;user 2;user 3;user 4;");
    await settle();
    reset();
    await rename(2, "Ada");
    await shows("user 1;Ada;user 3;user 4;");
    await settle();
    return commits;
  },

  async hitAtOnce() {
    const { getUser, load } = users();
    await getUser(1);
    const User = () => h("b", null, useCached(getUser, 1).name);
    const Plain = () => h("b", null, use(/** @type {any} */ (getUser)(1)).name);
    const { shows, watchFor } = mount(suspense(h(User), h(Plain)));
    const hasWaited = watchFor("waiting");
    await shows("user 1user 1");
    return { hasWaited: hasWaited(), runs: load.runs };
  },

  async oldValueStays() {
    const { cache } = users();
    let name = "old";
    let passes = Promise.resolve();
    const getUser = cache("user", { keyPrefix: "slow" })(async (id) => {
      await passes;
      return { id, name };
    });
    const User = () => h("b", null, useCached(getUser, 1).name);
    const { shows, watchFor, text } = mount(suspense(h(User)));
    await shows("old");
    const hasWaited = watchFor("waiting");
    const { promise, resolve } = gate();
    passes = promise;
    name = "new";
    await cache.invalidateEntity("user", 1);
    await settle();
    const meanwhile = text();
    resolve(undefined);
    await shows("new");
    return { meanwhile, hasWaited: hasWaited() };
  },

  async strictMode() {
    const { getUser, rename, load } = users();
    const { commits, useCounter } = counters();
    const User = () => {
      useCounter("user");
      return h("b", null, useCached(getUser, 1).name);
    };
    const { shows, root } = mount(h(StrictMode, null, suspense(h(User))));
    await shows("user 1");
    await settle();
    await rename(1, "Ada");
    await shows("Ada");
    await settle();
    const before = commits.user;
    root.unmount();
    await rename(1, "Grace");
    await settle();
    return { runs: load.runs, rendersAfterUnmount: commits.user - before };
  },

  async unmountDuringRun() {
    const { cache } = users();
    const { promise, resolve } = gate();
    const load = counted(async (id) => {
      await promise;
      return { id, name: "late" };
    });
    const getUser = cache("user", { keyPrefix: "late" })(load);
    const User = () => h("b", null, useCached(getUser, 1).name);
    const first = mount(suspense(h(User)));
    await first.shows("waiting");
    first.root.unmount();
    resolve(undefined);
    await settle();
    const second = mount(suspense(h(User)));
    const hasWaited = second.watchFor("waiting");
    await second.shows("late");
    return { runs: load.runs, hasWaited: hasWaited() };
  },

  async invalidatedDuringRun() {
    const { cache } = users();
    const { promise, resolve } = gate();
    let name = "old";
    const load = counted(async (id) => {
      const read = name;
      await promise;
      return { id, name: read };
    });
    const getUser = cache("user", { keyPrefix: "late" })(load);
    const User = () => h("b", null, useCached(getUser, 1).name);
    const { shows, watchFor } = mount(suspense(h(User)));
    await shows("waiting");
    const hasSeenOld = watchFor("old");
    name = "new";
    await cache.invalidateEntity("user", 1);
    resolve(undefined);
    await shows("new");
    return { runs: load.runs, hasSeenOld: hasSeenOld() };
  },

  async errorBoundary() {
    const { cache } = users();
    let fails = true;
    const load = counted(async (id) => {
      if (fails) throw new Error("no server");
      return { id, name: "Ada" };
    });
    const getUser = cache("user", { keyPrefix: "failing" })(load);
    const User = () => h("b", null, useCached(getUser, 1).name);
    const { shows } = mount(h(Boundary, null, suspense(h(User))));
    await shows("no server");
    await settle();
    const runs = load.runs;
    click();
    await until(() => load.runs === 2);
    await shows("no server");
    fails = false;
    await settle();
    click();
    await shows("Ada");
    // A value that was there, and whose next run fails.
    fails = true;
    await cache.invalidateEntity("user", 1);
    await shows("no server");
    fails = false;
    await settle();
    click();
    await shows("Ada");
    return { runsBeforeRetry: runs, runs: load.runs };
  },

  async replacedModule() {
    const { cache } = users();
    const { commits, useCounter } = counters();
    // As a development server does: the module runs again and wraps its function again.
    const load = (/** @type {string} */ version) =>
      cache("user")(async function getUser(id) {
        return { id, name: `${version} ${id}` };
      });
    const old = load("old");
    const anew = load("new");
    const User = (/** @type {any} */ { getUser }) => {
      useCounter("user");
      return h("b", null, useCached(getUser, 1).name);
    };
    const { shows, root } = mount(suspense(h(User, { getUser: old })));
    await shows("old 1");
    root.render(suspense(h(User, { getUser: anew })));
    await shows("new 1");
    await settle();
    const before = commits.user;
    await old.invalidate(1);
    await settle();
    const afterOld = commits.user - before;
    await anew.invalidate(1);
    await until(() => commits.user > before);
    return { afterOld, afterNew: commits.user - before };
  },

  async otherArguments() {
    const { getUser, rename } = users();
    const { commits, useCounter, reset } = counters();
    /** @type {(id: number) => void} */
    let choose = () => {};
    const User = () => {
      useCounter("user");
      const [id, setId] = useState(1);
      choose = setId;
      return h("b", null, useCached(getUser, id).name);
    };
    const { shows, watchFor } = mount(suspense(h(User)));
    await shows("user 1");
    const hasWaited = watchFor("waiting");
    startTransition(() => choose(2));
    await shows("user 2");
    await settle();
    reset();
    await rename(1, "Ada");
    await settle();
    const afterOther = commits.user ?? 0;
    await rename(2, "Grace");
    await shows("Grace");
    return { afterOther, hasWaited: hasWaited() };
  },

  async notStored() {
    const { cache } = users();
    const load = counted(() => undefined);
    const getNothing = cache({ keyPrefix: "nothing" })(load);
    const loadOnce = counted((id) => ({ id }));
    const getOnce = cache("user", { keyPrefix: "once", ttl: 0 })(loadOnce);
    const Parent = () => {
      const [count, setCount] = useState(0);
      return h("button", { type: "button", onClick: () => setCount(count + 1) }, count, h(Nothing), h(Once));
    };
    const Nothing = () => h("b", null, typeof useCached(getNothing));
    const Once = () => h("b", null, useCached(getOnce, 1).id);
    const { shows, watchFor } = mount(suspense(h(Parent)));
    await shows("0undefined1");
    const hasWaited = watchFor("waiting");
    click();
    await shows("1undefined1");
    await settle();
    return { runs: [load.runs, loadOnce.runs], hasWaited: hasWaited() };
  },

  async fewEntries() {
    const cache = makeCache({}, { maxEntries: 2 });
    const load = counted((id) => ({ id }));
    const get = cache("user", { keyPrefix: "get" })(load);
    const User = (/** @type {{ id: number }} */ { id }) => h("b", null, useCached(get, id).id);
    const { shows } = mount(suspense([1, 2, 3, 4].map((id) => h(User, { key: id, id }))));
    await shows("1234");
    await settle();
    const runs = load.runs;
    await cache.invalidateEntity("user", 1);
    await until(() => load.runs > runs);
    await settle();
    return { isCalm: load.runs <= runs + 4 };
  },

  async writes() {
    const { cache, getUser, rename } = users();
    /** @type {any} */
    let save;
    const failing = cache.invalidates("user")(async () => {
      throw new Error("refused");
    });
    /** @type {any} */
    let fail;
    /** @type {string[]} */
    const seen = [];
    const User = () => {
      const [write, isPending] = useInvalidates(rename);
      save = write;
      fail = useInvalidates(failing)[0];
      const { name } = useCached(getUser, 1);
      useEffect(() => {
        seen.push(`${name}${isPending ? ", saving" : ""}`);
      }, [name, isPending]);
      return h("b", null, name);
    };
    const { shows } = mount(h(Boundary, null, suspense(h(User))));
    await shows("user 1");
    const result = await save(1, "Ada");
    await shows("Ada");
    await settle();
    const error = await fail().catch((/** @type {Error} */ error) => error.message);
    await settle();
    return { result, error, seen };
  },

  async serverRendering() {
    const User = (/** @type {any} */ { getUser }) => h("b", null, useCached(getUser, 1).name);
    const server = users();
    await server.rename(1, "from the server");
    await server.getUser(1);
    const html = renderToString(suspense(h(User, { getUser: server.getUser })));
    const text = await server.cache.dehydrate([[server.getUser, 1]]);

    const page = users();
    page.cache.hydrate(text);
    const place = document.body.appendChild(document.createElement("div"));
    place.innerHTML = html;
    const element = place.querySelector("b");
    hydrateRoot(place, suspense(h(User, { getUser: page.getUser })));
    // React hydrates what is in a Suspense when it has time. A write before that would change what it expects to find.
    await until(() => isHydrated(place.querySelector("b")));
    await settle();
    const runs = page.load.runs;
    const isKept = place.querySelector("b") === element;
    await page.rename(1, "Ada");
    await until(() => place.textContent === "Ada");
    return { shown: html.includes("from the server"), runs, isKept, runsAfterWrite: page.load.runs };
  },

  async misuse() {
    const { getUser } = users();
    const copies = new EntityCache({ backend: new MemoryBackend() });
    const copying = copies("user", { keyPrefix: "copying" })(async (id) => ({ id }));
    const far = Object.assign(() => {}, { subscribe() {}, values: undefined });
    /** @type {[string, () => unknown][]} */
    const uses = [
      ["copy", () => useCached(copying, 1)],
      ["shared backend", () => useCached(/** @type {any} */ (far), 1)],
      ["no function of a cache", () => useCached(/** @type {any} */ (async () => 1))],
      ["no key", () => useCached(getUser, () => {})],
      ["no write", () => useInvalidates(/** @type {any} */ (undefined))],
    ];
    /** @type {Record<string, string>} */
    const errors = {};
    for (const [name, hook] of uses) {
      const Misuse = () => h("b", null, String(hook()));
      const { text, shows } = mount(h(Boundary, null, suspense(h(Misuse))));
      await until(() => text() !== "" && text() !== "waiting");
      errors[name] = text() ?? "";
      await shows(errors[name]);
    }
    try {
      useCached(getUser, 1);
    } catch (error) {
      const { name, code, message } = /** @type {any} */ (error);
      errors["outside of a render"] = `${name} ${code}: ${message}`;
    }
    return errors;
  },
};

Object.assign(globalThis, {
  runScenario: (/** @type {string} */ name) => scenarios[name](),
  scenarioNames: Object.keys(scenarios),
});
document.documentElement.dataset.ready = "";
