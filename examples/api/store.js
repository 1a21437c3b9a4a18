/** What the API reads and writes, each function wrapped once: the part to read. */
import { asc, count, eq, gt, max, sum } from "drizzle-orm";
import { items, orders, users } from "./database.js";

const PAGE = 2;

/**
 * @param {import("cacheref").EntityCache} cache
 * @param {Awaited<ReturnType<typeof import("./database.js").openDatabase>>["db"]} db
 */
export function makeStore(cache, db) {
  // One user: its id is in the row, and `null` says that there is none.
  const getUser = cache("user")(async function getUser(id) {
    const [user] = await db.select().from(users).where(eq(users.id, id));
    return user ?? null;
  });

  // A page: the users in `data` are found, and the call is a list of users, also when it is empty.
  const listUsers = cache("user")(async function listUsers(after) {
    const rows = await db.select().from(users).where(gt(users.id, after)).orderBy(asc(users.id)).limit(PAGE);
    return { data: rows, nextCursor: rows.length < PAGE ? null : rows.at(-1).id };
  });

  // An order holds a user and items beside itself.
  const getOrder = cache({
    entities: { order: "id", user: "$.user.id", item: "$.items[*].id" },
  })(async function getOrder(id) {
    const [order] = await db.select().from(orders).where(eq(orders.id, id));
    if (order === undefined) return null;
    const [user] = await db.select().from(users).where(eq(users.id, order.userId));
    return { ...order, user, items: await db.select().from(items).where(eq(items.orderId, id)).orderBy(asc(items.id)) };
  });

  // A total holds no order, and depends on all of them.
  const getDashboard = cache({ dependsOn: ["order", "user"] })(async function getDashboard() {
    const [totals] = await db.select({ cents: sum(items.cents).mapWith(Number) }).from(items);
    const [placed] = await db.select({ orders: count(), lastAt: max(orders.placedAt) }).from(orders);
    const [known] = await db.select({ users: count() }).from(users);
    return { ...totals, ...placed, ...known };
  });

  // The new row names the user; `created` drops the lists that it may belong to.
  const createUser = cache.invalidates("user", { created: true })(async function createUser(name) {
    const [user] = await db.insert(users).values({ name }).returning();
    return user;
  });

  const renameUser = cache.invalidates("user")(async function renameUser(id, name) {
    const [user] = await db.update(users).set({ name }).where(eq(users.id, id)).returning();
    return user ?? null;
  });

  // It answers with a number of rows, so the id is taken from the argument.
  const removeUser = cache.invalidates("user", { from: "args" })(async function removeUser(id) {
    const { affectedRows } = await db.delete(users).where(eq(users.id, id));
    return affectedRows;
  });

  const placeOrder = cache.invalidates("order", { created: true })(async function placeOrder(userId, products) {
    const [order] = await db.insert(orders).values({ userId }).returning();
    await db.insert(items).values(products.map((product) => ({ orderId: order.id, ...product })));
    return order;
  });

  // Several things at once: prices of an order, and whatever else the import touched.
  async function importPrices(orderIds) {
    for (const id of orderIds) await db.update(items).set({ cents: 100 }).where(eq(items.orderId, id));
    return cache.invalidate({ order: orderIds }, { types: ["item"] });
  }

  return { getUser, listUsers, getOrder, getDashboard, createUser, renameUser, removeUser, placeOrder, importPrices };
}
