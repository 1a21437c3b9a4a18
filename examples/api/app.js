/** The API: routes, and nothing that knows of a cache. */
import fastify from "fastify";

/**
 * @param {ReturnType<typeof import("./store.js").makeStore>} store
 * @param {() => object} stats
 */
export function makeApp(store, stats) {
  const app = fastify();
  const id = (request) => Number(request.params.id);
  const orNotFound = (row, reply) => row ?? reply.code(404).send({ error: "not found" });

  app.get("/users", (request) => store.listUsers(Number(request.query.after ?? 0)));
  app.get("/users/:id", async (request, reply) => orNotFound(await store.getUser(id(request)), reply));
  app.post("/users", async (request, reply) => reply.code(201).send(await store.createUser(request.body.name)));
  app.patch("/users/:id", async (request, reply) =>
    orNotFound(await store.renameUser(id(request), request.body.name), reply),
  );
  app.delete("/users/:id", async (request, reply) => {
    const removed = await store.removeUser(id(request));
    return reply.code(removed > 0 ? 204 : 404).send();
  });
  app.get("/orders/:id", async (request, reply) => orNotFound(await store.getOrder(id(request)), reply));
  app.post("/orders", async (request, reply) => {
    const { userId, items } = request.body;
    return reply.code(201).send(await store.placeOrder(userId, items));
  });
  app.post("/prices", async (request) => ({ dropped: await store.importPrices(request.body.orders) }));
  app.get("/dashboard", () => store.getDashboard());
  app.get("/stats", stats);
  return app;
}
