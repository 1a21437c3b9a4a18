/** Something of each level: calls, an invalidation, a call that cannot be cached, a backend that is not there. */
import { EntityCache } from "cacheref";

/**
 * @param {object} options of the cache: `logger` and `debug`
 * @param {(cache: EntityCache) => void} [listen] adds listeners before anything happens
 */
export async function work(options, listen = () => {}) {
  const cache = new EntityCache({ prefix: "app:", ...options });
  listen(cache);
  const getUser = cache("user")(async function getUser(id) {
    return { id, name: "Ada" };
  });
  await getUser(42); // DEBUG: a miss, and a store
  await getUser(42); // DEBUG: a hit
  await cache.invalidateEntity("user", 42); // INFO
  await getUser(() => 42); // WARNING: a function cannot be a part of a key
  const orders = new EntityCache({ ...options, prefix: "orders:", backend: unreachable() });
  const getOrder = orders("order")(async function getOrder(id) {
    return { id };
  });
  await getOrder(7); // WARNING: such a backend keeps no streams; ERROR, and the order all the same
  await cache.close();
  await orders.close();
}

/** A backend of one's own whose server has gone. */
function unreachable() {
  const refuse = async () => {
    throw new Error("connect ECONNREFUSED");
  };
  const methods = ["get", "set", "setex", "delete", "keys", "sadd", "smembers", "expire"];
  return Object.fromEntries(methods.map((method) => [method, refuse]));
}
