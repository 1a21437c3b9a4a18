// A client that takes the check out of the protocol, to test the harness: no invalidation reaches the log, so every
// check finds nothing and every late store is let through. The shipped code knows nothing of it.

/** Shadows `redis` in a script: an XADD to a log that has an entry already answers with that entry and adds nothing. */
const PRELUDE = `
local redis = (function(real)
  local function without(call)
    return function(name, ...)
      if string.upper(name) == 'XADD' then
        local last = real.call('XREVRANGE', (...), '+', '-', 'COUNT', 1)[1]
        if last then return last[1] end
      end
      return call(name, ...)
    end
  end
  return setmetatable({ call = without(real.call), pcall = without(real.pcall) }, { __index = real })
end)(redis)
`;

/** @param {import("ioredis").Redis} client */
export function withoutLog(client) {
  const call = async (/** @type {string} */ name, /** @type {any[]} */ words) => {
    // The scripts differ from those that the library knows the hashes of, so it must send their sources.
    if (name === "evalsha") throw new Error("NOSCRIPT No matching script");
    if (name === "eval") return client.call("eval", [PRELUDE + words[0], ...words.slice(1)]);
    if (name === "xadd") {
      const [last] = await client.xrevrange(words[0], "+", "-", "COUNT", 1);
      if (last) return last[0];
    }
    return client.call(name, words);
  };
  return new Proxy(client, {
    get(_, name) {
      if (name === "call") return call;
      const value = /** @type {any} */ (client)[name];
      return typeof value === "function" ? value.bind(client) : value;
    },
  });
}
