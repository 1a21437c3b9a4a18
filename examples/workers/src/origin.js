/**
 * The origin: one SQLite database in one place of the world, which takes its time. A Durable Object, so that the example
 * needs nothing else.
 */
import { DurableObject } from "cloudflare:workers";

const DISTANCE_MS = 250;
const PRODUCTS = [
  [1, "Kettle", "kitchen", 3900],
  [2, "Teapot", "kitchen", 2500],
  [3, "Lamp", "living", 5900],
  [4, "Cushion", "living", 1900],
];

export class Origin extends DurableObject {
  /** @param {DurableObjectState} state @param {unknown} env */
  constructor(state, env) {
    super(state, env);
    this.sql = state.storage.sql;
    this.sql.exec(
      "CREATE TABLE IF NOT EXISTS product (id INTEGER PRIMARY KEY, name TEXT, category TEXT, price INTEGER)",
    );
    for (const product of PRODUCTS) this.sql.exec("INSERT OR IGNORE INTO product VALUES (?, ?, ?, ?)", ...product);
  }

  /** @param {string} query @param {...(string | number)} values */
  async query(query, ...values) {
    await new Promise((resolve) => setTimeout(resolve, DISTANCE_MS));
    return this.sql.exec(query, ...values).toArray();
  }
}
