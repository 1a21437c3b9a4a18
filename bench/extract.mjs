// E1: how long it takes to find the entities of a result, beside the JSON.stringify that makes its text.
//
//     node bench/extract.mjs [--rounds 15] [--wasm file]     after `make build`
//
// The contestants take turns in each round, and ratios are taken within a round. "scan" is what a store of texts pays:
// the text copied to the core and scanned there; "walk" what a store of live objects pays, the ids
// handed to the core included; "set" is the least that plain JavaScript can do: a hand-written loop into a Set.
//
// The first three kinds are dense: an id in every 70 to 190 bytes. The last two are GitHub's own examples of its events
// (@octokit/webhooks-examples), and the issues in them. One of the events has characters beyond Latin-1: V8 keeps a text
// of which it is a part in two bytes a character, and to copy it takes far longer then.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { Core } from "../js/boundary/core.js";
import * as glue from "../js/core/glue.js";
import { EntityFinder } from "../js/entities/find.js";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    wasm: { type: "string", default: new URL("../js/core/cacheref.wasm", import.meta.url).pathname },
  },
});
const core = new Core(glue, () => new WebAssembly.Module(readFileSync(options.wasm)));

const user = (id) => ({
  id,
  name: `User ${id}`,
  email: `user${id}@example.com`,
  active: id % 3 === 0,
  score: (id % 1000) / 8,
  address: { street: `${id} Main Street`, city: "Springfield", zip: "12345" },
  tags: ["alpha", "beta"],
});
const order = (id) => ({
  id,
  customer: { id: `c${id % 97}`, name: `Customer ${id % 97}` },
  items: [1, 2, 3].map((n) => ({ product_id: (id * n) % 1009, quantity: n, unit_price: 9.5 * n, discount: 0 })),
  ship: { name: "Vins et alcools Chevalier", address: "59 rue de l'Abbaye", city: "Reims", country: "France" },
});
const post = (id) => ({
  __typename: "Post",
  id: `p${id}`,
  title: `The title of post ${id}`,
  body: 'Lorem ipsum dolor sit amet, "consectetur" adipiscing elit, sed do eiusmod tempor incididunt ut labore.',
  author: {
    __typename: "User",
    id: `u${id % 50}`,
    name: `User ${id % 50}`,
    avatarUrl: `https://example.com/${id}.png`,
  },
  likes: id * 3,
});
const list = (count, make) => Array.from({ length: count }, (_, index) => make(index + 1));

const events = createRequire(import.meta.url)("@octokit/webhooks-examples/api.github.com/index.json").flatMap(
  ({ examples }) => examples,
);
const issues = events.flatMap(({ issue }) => issue ?? []);

/** Adds every object that names its type, at any depth. */
function addTyped(result, typeField, found) {
  if (Array.isArray(result)) for (const one of result) addTyped(one, typeField, found);
  else if (typeof result === "object" && result !== null) {
    if (typeof result[typeField] === "string" && result.id !== undefined)
      found.add(`${result[typeField]}:${result.id}`);
    for (const name in result) addTyped(result[name], typeField, found);
  }
}

const rule = (entityType, id) => ({ entityType, id });
const kinds = {
  'cache("user"), a list': {
    make: (count) => list(count, user),
    entities: { rules: [rule("user", { field: "id" })] },
    set(result, found) {
      for (const one of result) found.add(`user:${one.id}`);
    },
  },
  "three types, nested": {
    make: (count) => ({ orders: list(count, order) }),
    entities: {
      rules: [
        rule("order", { path: "$.orders[*].id" }),
        rule("user", { path: "$.orders[*].customer.id" }),
        rule("product", { path: "$.orders[*].items[*].product_id" }),
      ],
    },
    set({ orders }, found) {
      for (const one of orders) {
        found.add(`order:${one.id}`);
        found.add(`user:${one.customer.id}`);
        for (const item of one.items) found.add(`product:${item.product_id}`);
      }
    },
  },
  'entities: "auto"': {
    make: (count) => ({ data: { posts: list(count, post) } }),
    entities: { auto: { typeField: "__typename", idField: "id" } },
    set: (result, found) => addTyped(result, "__typename", found),
  },
  "GitHub's issues, three types": {
    make: (count) => list(count, (number) => issues[number % issues.length]),
    entities: {
      rules: [
        rule("issue", { field: "id" }),
        rule("user", { path: "$[*].user.id" }),
        rule("label", { path: "$[*].labels[*].id" }),
      ],
    },
    set(result, found) {
      for (const one of result) {
        found.add(`issue:${one.id}`);
        found.add(`user:${one.user.id}`);
        for (const label of one.labels ?? []) found.add(`label:${label.id}`);
      }
    },
  },
  'GitHub\'s events, "auto"': {
    make: (count) => list(count, (number) => events[number % events.length]),
    entities: { auto: { typeField: "type", idField: "id" } },
    set: (result, found) => addTyped(result, "type", found),
  },
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const range = (numbers) => `${Math.min(...numbers).toFixed(2)}–${Math.max(...numbers).toFixed(2)}`;

console.log(
  "| result | size | ids | scan | scan / stringify | walk / stringify | set / stringify |\n|---|---|---|---|---|---|---|",
);
for (const [name, { make, entities, set }] of Object.entries(kinds)) {
  const sizeOfOne = JSON.stringify(make(100)).length / 100;
  for (const size of [1_000, 10_000, 100_000, 1_000_000]) {
    const result = make(Math.ceil(size / sizeOfOne));
    const text = JSON.stringify(result);
    const pages = [["data"], ["items"], ["results"], ["rows"], ["nodes"], ["edges", "node"], ["hits"]];
    const rules = { config: entities, shape: { pages }, functions: [], custom: undefined, isTracking: true };
    const finder = new EntityFinder(core, { isDebug: false }, { name: "", rules, isJson: true, isRead: true });
    const contestants = {
      stringify: () => JSON.stringify(result).length,
      scan: () => finder.keep(result, [], text),
      walk: () => finder.keep(result, []),
      set: () => {
        const found = new Set();
        set(result, found);
        return found.size;
      },
    };
    const times = Object.fromEntries(Object.keys(contestants).map((key) => [key, []]));
    const repetitions = Math.max(1, Math.round(4_000_000 / text.length));
    for (let round = -3; round < Number(options.rounds); round += 1) {
      for (const [key, run] of Object.entries(contestants)) {
        const start = process.hrtime.bigint();
        for (let repetition = 0; repetition < repetitions; repetition += 1) run();
        const ns = Number(process.hrtime.bigint() - start) / repetitions;
        if (round >= 0) times[key].push(ns);
      }
    }
    finder.keep(result, [], text);
    const count = JSON.parse(core.readText(core.exports.writeIds())).length / 2;
    const speed = times.scan.map((ns) => text.length / ns);
    const ratio = (key) => times[key].map((ns, round) => ns / times.stringify[round]);
    const shown = ["scan", "walk", "set"].map((key) => `${median(ratio(key)).toFixed(2)} (${range(ratio(key))})`);
    console.log(
      `| ${name} | ${(text.length / 1000).toFixed(0)} KB | ${count} | ${median(speed).toFixed(2)} GB/s (${range(speed)}) | ${shown.join(" | ")} |`,
    );
  }
}
