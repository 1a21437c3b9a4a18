/** The page about Workers and Hono, in workerd, with Workers KV. */
import { join } from "node:path";
import { Response } from "miniflare";
import { startWorker } from "../../runtime/workerd.js";
import { filesOf } from "../page.js";
import { makeProject } from "../project.js";

/** @type {import("../run.js").Case} */
export const hono = {
  environment: "workerd",
  what: "docs/with/workers-hono.md: Hono, on Workers KV",
  async run() {
    const folder = makeProject("page-hono", filesOf("workers-hono"));
    const asked = [];
    const product = { id: 1, price: 100 };
    const worker = await startWorker(join(folder, "src/index.js"), {
      kvNamespaces: ["CACHE"],
      serviceBindings: {
        async API(/** @type {Request} */ request) {
          asked.push(request.method);
          if (request.method === "PUT") product.price = Number(await request.text());
          return Response.json(product);
        },
      },
    });
    try {
      const call = async (/** @type {object} */ options = {}) => {
        const response = await worker.dispatchFetch("http://localhost/products/1", options);
        return (await response.json()).price;
      };
      const put = { method: "PUT", body: "200" };
      return { prices: [await call(), await call(), await call(put), await call(), await call()], asked };
    } finally {
      await worker.dispose();
    }
  },
  expected: { prices: [100, 100, 200, 200, 200], asked: ["GET", "PUT", "GET"] },
};
