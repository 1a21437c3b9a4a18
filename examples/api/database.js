/** The database: Postgres in this process (PGlite), by Drizzle. Tables, and some rows to begin with. */
import { PGlite } from "@electric-sql/pglite";
import { integer, pgTable, serial, text, timestamp } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/pglite";

export const users = pgTable("users", {
  id: serial().primaryKey(),
  name: text().notNull(),
});

export const orders = pgTable("orders", {
  id: serial().primaryKey(),
  userId: integer("user_id").notNull(),
  placedAt: timestamp("placed_at").notNull().defaultNow(),
});

export const items = pgTable("items", {
  id: serial().primaryKey(),
  orderId: integer("order_id").notNull(),
  product: text().notNull(),
  cents: integer().notNull(),
});

/** A new database with three users and two orders. It counts the statements that it runs. */
export async function openDatabase() {
  const client = new PGlite();
  const count = { statements: 0 };
  const db = drizzle(client, { logger: { logQuery: () => void count.statements++ } });
  await client.exec(`
    CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL);
    CREATE TABLE orders (id serial PRIMARY KEY, user_id integer NOT NULL, placed_at timestamp NOT NULL DEFAULT now());
    CREATE TABLE items (id serial PRIMARY KEY, order_id integer NOT NULL, product text NOT NULL, cents integer NOT NULL);
  `);
  await db.insert(users).values([{ name: "Ada" }, { name: "Alan" }, { name: "Grace" }]);
  await db.insert(orders).values([{ userId: 1 }, { userId: 2 }]);
  await db.insert(items).values([
    { orderId: 1, product: "lamp", cents: 4900 },
    { orderId: 1, product: "bulb", cents: 300 },
    { orderId: 2, product: "desk", cents: 19900 },
  ]);
  return { db, count, close: () => client.close() };
}
