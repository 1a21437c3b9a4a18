/**
 * An edge API. Products and categories are read through Workers KV; the origin is asked only for what is not there. A
 * write goes to the origin and drops what it concerns: the product, and the categories that list it.
 *
 *     GET   /products/1
 *     GET   /categories/kitchen
 *     PATCH /products/1            { "price": 4200 }
 *     POST  /products              { "name": "Mug", "category": "kitchen", "price": 900 }
 *
 * The header `x-cache` says whether the cache had the answer, `server-timing` how long it took.
 */
import { env, waitUntil } from "cloudflare:workers";
import { EntityCache } from "cacheref";

export { Origin } from "./origin.js";

const cache = new EntityCache({ backend: env.CACHE, prefix: "shop:", ttl: "10m", waitUntil });
/** Not at global scope, where a Worker may not reach out. */
const origin = () => env.ORIGIN.getByName("main");

/** Keyed by the id alone: the second argument is how the function says that it ran. */
const getProduct = cache("product", { key: (id) => id })(async function getProduct(id, answer) {
  answer.cache = "miss";
  const [product] = await origin().query("SELECT * FROM product WHERE id = ?", id);
  return product ?? null;
});

const getCategory = cache("product", { key: (name) => name })(async function getCategory(name, answer) {
  answer.cache = "miss";
  return origin().query("SELECT * FROM product WHERE category = ? ORDER BY id", name);
});

const setPrice = cache.invalidates("product")(async function setPrice(id, price) {
  const [product] = await origin().query("UPDATE product SET price = ? WHERE id = ? RETURNING *", price, id);
  return product ?? null;
});

/** `created`: categories are lists of products, and one of them is a product longer now. */
const addProduct = cache.invalidates("product", { created: true })(async function addProduct(product) {
  const { name, category, price } = product;
  const [added] = await origin().query(
    "INSERT INTO product (name, category, price) VALUES (?, ?, ?) RETURNING *",
    name,
    category,
    price,
  );
  return added;
});

/** @type {Record<string, (words: string[], body: any, answer: { cache?: string }) => Promise<unknown>>} */
const routes = {
  "GET products": ([id], _, answer) => getProduct(Number(id), answer),
  "GET categories": ([name], _, answer) => getCategory(name, answer),
  "PATCH products": ([id], { price }) => setPrice(Number(id), price),
  "POST products": (_, product) => addProduct(product),
};

export default {
  /** @param {Request} request */
  async fetch(request) {
    const [resource, ...words] = new URL(request.url).pathname.slice(1).split("/").map(decodeURIComponent);
    const isRead = request.method === "GET";
    const route = routes[`${request.method} ${resource}`];
    if (route === undefined) return Response.json({ error: "no such route" }, { status: 404 });

    const answer = isRead ? { cache: "hit" } : {};
    const start = Date.now();
    const result = await route(words, isRead ? undefined : await request.json(), answer);
    const headers = { "server-timing": `total;dur=${Date.now() - start}`, ...(isRead && { "x-cache": answer.cache }) };
    return result === null
      ? Response.json({ error: "not found" }, { status: 404, headers })
      : Response.json(result, { headers });
  },
};
