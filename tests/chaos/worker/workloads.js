// What a worker does all the while: reads that are judged, and writes that invalidate.

/**
 * @typedef {object} Hands
 * @property {import("../../../js/entries/index.js").EntityCache} cache
 * @property {import("./rows.js").Rows} rows
 * @property {import("./judge.js").Judge} judge
 * @property {import("./shapes.js").Shape[]} shapes
 * @property {(n: number) => number} upTo
 * @property {(ms: number) => Promise<unknown>} pause
 * @property {() => boolean} isOver
 * @property {any} workload
 */

/**
 * Invalidates a row in one way, and raises the floors of what that promises.
 * @param {Hands} hands
 * @param {string} way
 * @param {string | number} id
 */
async function invalidate({ cache, rows, judge, shapes, upTo, pause, isOver }, way, id) {
  const shape = shapes[upTo(shapes.length)];
  const target = shape.call.one ?? shape.call;
  const row = way === "lists" || way === "create" ? "list" : id;
  /** @type {number} */
  let version;
  const create = cache.invalidates("user", { created: true })(async () => {
    version = await rows.bump("list");
    return { id: `made-${version}` };
  });
  const holding = shapes.filter((each) => each.holdsRows);
  /** @type {Record<string, () => [() => Promise<unknown>, typeof shapes]>} */
  const ways = {
    entity: () => [() => cache.invalidateEntity("user", id), holding],
    entities: () => [() => cache.invalidateEntity("user", [id, `${id}-other`]), holding],
    soft: () => [() => cache.invalidateEntity("user", id, { soft: true }), holding],
    function: () => [() => cache.invalidateFunction(target), [shape]],
    all: () => [() => cache.invalidateAll(), shapes],
    // Of calls with more arguments than the row, one says nothing about the others.
    key: () => [() => target.invalidate(id), shape.name === "one" ? [shape] : []],
    lists: () => [() => cache.invalidateLists("user"), shapes.filter((each) => each.name === "list")],
    create: () => [create, shapes.filter((each) => each.name === "list")],
  };
  const [act, concerned] = ways[way]();
  if (way !== "create") version = await rows.bump(row);
  process.send?.({ event: "invalidating" });
  await judge.timed(`an invalidation by ${way}`, act);
  let resolved = Date.now();
  const names = concerned.map(({ name }) => name);
  const kind = way === "soft" ? "soft" : "hard";
  rows.raiseHere(kind, names, row, version);
  // An invalidation that the server has not taken yet holds in this process alone: docs/guarantee.md.
  if (cache.stats().pending) judge.count("kept");
  while (cache.stats().pending) {
    if (isOver()) return;
    await pause(2);
    resolved = Date.now();
  }
  await rows.raise(kind, names, row, version, resolved);
  judge.count("invalidations");
}

/** Reads and writes at random. @param {Hands} hands */
export async function random(hands) {
  const { cache, judge, shapes, upTo, pause, isOver, workload } = hands;
  const { ids = 6, firstId = 0, lookers = 6, writers = 2, fillers = 0, rest = 4, writeRest = 20 } = workload;
  const ways = workload.ways ?? ["entity", "entity", "entity", "entity", "entities", "function", "key", "all"];
  const filler = cache("filler", { keyPrefix: "filler", ttl: workload.fillerTtl ?? 60 })(async (n) => ({
    id: n,
    text: String(n).padEnd(10_000, "x"),
  }));

  async function look() {
    const shape = shapes[upTo(shapes.length)];
    const id = firstId + upTo(ids);
    const how = upTo(20);
    const args = shape.argsOf(id);
    const { one } = shape.call;
    // The call of several has no peek and no refresh; that of one has.
    if (one && how < 6) {
      const by = [one, one.peek, one.refresh][how % 3];
      return judge.read({ ...shape, ids: [id] }, () => by(id));
    }
    const { refreshes = 1 } = workload;
    const by = one ? shape.call : how < refreshes ? shape.call.refresh : how === 19 ? shape.call.peek : shape.call;
    await judge.read({ ...shape, ids: shape.idsOf(id) }, () => by(...args));
  }
  /** @param {() => Promise<unknown>} act @param {number} most */
  async function repeat(act, most) {
    while (!isOver()) {
      await act();
      await pause(upTo(most + 1));
    }
  }
  const write = () => invalidate(hands, ways[upTo(ways.length)], firstId + upTo(ids));
  await Promise.all([
    ...Array.from({ length: lookers }, () => repeat(look, rest)),
    ...Array.from({ length: writers }, () => repeat(write, writeRest)),
    ...Array.from({ length: fillers }, () => repeat(() => filler(upTo(20_000)), 20)),
  ]);
}

/** The part of a run for which a round fills: a slow machine has fewer calls, not fewer rounds. */
const FILLING = 0.2;
/** Runs that are under way when a round invalidates. */
const RACING = 20;
/** How many of them have read the row by then. */
const SLOW = 3;

/**
 * Rounds: fills many calls of one row, invalidates them at one stroke, and looks at each of them.
 * @param {Hands} hands
 */
export async function bulk(hands) {
  const { judge, shapes, isOver, pause, upTo, workload } = hands;
  const { calls, seconds, atOnce = 100, ways = ["entity"] } = workload;
  const [shape] = shapes;
  /** @param {number} count @param {(n: number) => Promise<unknown>} act @param {number} [end] @returns how many it came to */
  const each = async (count, act, end = Number.POSITIVE_INFINITY) => {
    let n = 0;
    const work = async () => {
      while (n < count && !isOver() && performance.now() < end) await act(n++);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return n;
  };
  const asked = { ...shape, ids: [0] };
  while (!isOver()) {
    const end = performance.now() + FILLING * seconds * 1000;
    const filled = await each(calls, (n) => judge.timed("a call of nth", () => shape.call(0, n)), end);
    if (isOver()) return;
    // Runs that the invalidation overtakes.
    const racing = Array.from({ length: RACING }, (_, n) => judge.read(asked, () => shape.call.refresh(0, n)));
    for (let turn = 0; judge.slowRuns < SLOW && turn < 500; turn++) await pause(1);
    await invalidate(hands, ways[upTo(ways.length)], 0);
    judge.count("rounds");
    await Promise.all(racing);
    const floors = await judge.floors(asked);
    await each(filled, (n) => judge.read(asked, () => shape.call.peek(0, n), floors));
  }
}
