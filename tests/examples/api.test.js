// The API example over HTTP, in memory and on Redis: nothing that it answers is stale. And the first program that somebody
// would write over the same tables, without a look into the documentation: what would be stale there is reported.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { before, test } from "node:test";
import { startRedis } from "../helpers/redis.js";
import { installExample, write } from "../package/install.js";

let folder = "";

before(() => {
  folder = installExample("api");
});

/**
 * Starts the API, hands its client to `use`, and stops it.
 * @param {Record<string, string>} env
 * @param {(api: Api) => Promise<void>} use
 */
async function withApi(env, use) {
  const { REDIS_URL: _, ...rest } = process.env;
  const server = spawn(process.execPath, ["server.js"], { cwd: folder, env: { ...rest, PORT: "0", ...env } });
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (data) => (output += data));
  const exited = once(server, "exit");
  try {
    while (!/\n/.test(output)) await Promise.race([once(server.stdout, "data"), once(server.stderr, "data")]);
    const [, url] = /(http:\S+) \((?:in memory|on Redis)\)/.exec(output) ?? [];
    assert.ok(url, output);
    await use(new Api(url));
  } finally {
    server.kill("SIGTERM");
    await exited;
  }
  assert.equal(output.trim().split("\n").length, 1, `nothing is logged but the address: ${output}`);
}

class Api {
  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /**
   * @param {string} path
   * @param {string} [method]
   * @param {object} [body]
   */
  async ask(path, method = "GET", body = undefined) {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const response = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** How many SQL statements `act` costs. @param {() => Promise<unknown>} act */
  async statements(act) {
    const before = (await this.ask("/stats")).body.statements;
    await act();
    return (await this.ask("/stats")).body.statements - before;
  }
}

const names = (/** @type {any} */ { body }) => body.data.map((/** @type {any} */ user) => user.name);

/** @param {Api} api */
async function proveFresh(api) {
  const reads = ["/users", "/users?after=2", "/users?after=3", "/users/1", "/orders/1", "/dashboard"];
  const readAll = () => Promise.all(reads.map((path) => api.ask(path)));
  const first = await readAll();
  assert.ok(first.every(({ status }) => status === 200));
  assert.equal(await api.statements(async () => assert.deepEqual(await readAll(), first)), 0, "all are hits");

  // A create: the page that it belongs to, the empty page behind it, and the total.
  assert.deepEqual(names(first[2]), []);
  assert.equal((await api.ask("/users", "POST", { name: "Edsger" })).status, 201);
  assert.deepEqual(names(await api.ask("/users?after=2")), ["Grace", "Edsger"]);
  assert.deepEqual(names(await api.ask("/users?after=3")), ["Edsger"]);
  assert.equal((await api.ask("/dashboard")).body.users, 4);

  // A change: the user, the page and the order that hold it.
  assert.equal((await api.ask("/users/1", "PATCH", { name: "Augusta" })).body.name, "Augusta");
  assert.equal((await api.ask("/users/1")).body.name, "Augusta");
  assert.deepEqual(names(await api.ask("/users")), ["Augusta", "Alan"]);
  assert.equal((await api.ask("/orders/1")).body.user.name, "Augusta");
  assert.equal(await api.statements(() => api.ask("/users?after=2")), 0, "a page without that user is a hit");

  // An order: the total, and a hit with the date that the first answer had.
  const { body: placed } = await api.ask("/orders", "POST", { userId: 3, items: [{ product: "chair", cents: 100 }] });
  const { body: dashboard } = await api.ask("/dashboard");
  assert.deepEqual([dashboard.orders, dashboard.cents], [3, 25_200]);
  assert.equal(dashboard.lastAt, placed.placedAt);
  const order = await api.ask(`/orders/${placed.id}`);
  assert.equal(order.body.placedAt, placed.placedAt);
  assert.equal(await api.statements(async () => assert.deepEqual(await api.ask(`/orders/${placed.id}`), order)), 0);

  // Several things at once.
  assert.ok((await api.ask("/prices", "POST", { orders: [1, 2] })).body.dropped >= 2);
  assert.deepEqual(
    (await api.ask("/orders/1")).body.items.map((/** @type {any} */ { cents }) => cents),
    [100, 100],
  );
  assert.equal((await api.ask("/dashboard")).body.cents, 400);

  // A delete, whose result is a number of rows.
  assert.equal((await api.ask("/users/2", "DELETE")).status, 204);
  assert.equal((await api.ask("/users/2")).status, 404);
  assert.deepEqual(names(await api.ask("/users")), ["Augusta", "Grace"]);
  assert.equal((await api.ask("/users/2", "DELETE")).status, 404);
}

test("in memory no answer of the API is stale", async () => {
  await withApi({}, proveFresh);
});

test("on Redis no answer of the API is stale", async () => {
  const redis = await startRedis();
  try {
    await withApi({ REDIS_URL: redis.url }, proveFresh);
  } finally {
    await redis.stop();
  }
});

/** What somebody writes who has read the first example of the README. */
const FIRST_PROGRAM = `
import { EntityCache } from "cacheref";
import { asc, eq, sum } from "drizzle-orm";
import { items, openDatabase, orders, users } from "./database.js";

const lines = [];
const logger = { debug() {}, info() {}, warn: (line) => lines.push(line), error: (line) => lines.push(line) };
const cache = new EntityCache({ logger });
const { db, close } = await openDatabase();

const getUser = cache("user")(async function getUser(id) {
  return (await db.select().from(users).where(eq(users.id, id)))[0] ?? null;
});
const listUsers = cache("user")(async function listUsers() {
  return { data: await db.select().from(users).orderBy(asc(users.id)), nextCursor: null };
});
const searchUsers = cache("user")(async function searchUsers() {
  return { found: await db.select().from(users).orderBy(asc(users.id)), total: 3 };
});
const getOrder = cache("order")(async function getOrder(id) {
  return (await db.select().from(orders).where(eq(orders.id, id)))[0];
});
const getRevenue = cache("order")(async function getRevenue() {
  return (await db.select({ revenue: sum(items.cents) }).from(items))[0];
});
const addUser = cache.invalidates("user", { created: true })(async function addUser(name) {
  return (await db.insert(users).values({ name }).returning())[0];
});
const renameUser = cache.invalidates("user")(async function renameUser(id, name) {
  return (await db.update(users).set({ name }).where(eq(users.id, id))).affectedRows;
});

const said = (name) => lines.filter((line) => line.includes('function "' + name + '"'));
const before = [await getUser(1), await listUsers(), await searchUsers(), await getOrder(1), await getRevenue()];
await addUser("Edsger");
const page = (await listUsers()).data.length;
await renameUser(1, "Augusta");
const renamed = (await getUser(1)).name;
const order = await getOrder(1);
console.log(JSON.stringify({
  page, renamed, isDate: order.placedAt instanceof Date, wasDate: before[3].placedAt instanceof Date,
  lines: Object.fromEntries(["getUser", "listUsers", "searchUsers", "getOrder", "getRevenue", "addUser", "renameUser"].map((name) => [name, said(name)])),
}));
await close();
`;

test("the first program that somebody writes is right, or is told what to do", () => {
  write(folder, "first.js", FIRST_PROGRAM);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["first.js"], { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const { page, renamed, wasDate, isDate, lines } = JSON.parse(stdout);
  assert.equal(page, 4, "the page has the new user");
  assert.deepEqual([lines.getUser, lines.listUsers, lines.addUser], [[], [], []]);

  assert.equal(lines.searchUsers.length, 1);
  assert.match(
    lines.searchUsers[0],
    /holds no id of "user".*the fields found, total\. .*idField: "\$\.found\[\*\]\.id"/,
  );
  assert.equal(lines.getRevenue.length, 1);
  assert.match(lines.getRevenue[0], /holds no id of "order".*the field revenue\. .*dependsOn: \["order"\]/);

  assert.equal(renamed, "Ada", "the number of rows names no user");
  assert.equal(lines.renameUser.length, 1);
  assert.match(lines.renameUser[0], /its result is a number.*so nothing is invalidated; say from: "args"/);

  assert.deepEqual([wasDate, isDate], [true, false]);
  assert.equal(lines.getOrder.length, 1);
  assert.match(lines.getOrder[0], /result\.placedAt is a Date.*cacheref\/rich/);
});
