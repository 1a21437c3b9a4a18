// An ioredis client, or Cluster, before whose commands a test can act: for sequences that need one exact order.

/**
 * @param {any} client
 * @param {(name: string, words: any[], node: any) => unknown} before called with each command; the command waits for it
 * @returns {any}
 */
export function hooked(client, before) {
  const call = async (/** @type {string} */ name, /** @type {any[]} */ ...words) => {
    await before(name.toLowerCase(), words.flat(), client);
    return client.call(name, ...words);
  };
  return new Proxy(client, {
    get(_, name) {
      if (name === "call") return call;
      if (name === "nodes")
        return (/** @type {string} */ role) =>
          client.nodes(role).map((/** @type {any} */ node) => hooked(node, before));
      const value = client[name];
      return typeof value === "function" ? value.bind(client) : value;
    },
  });
}
