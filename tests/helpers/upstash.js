// A REST front as @upstash/redis expects it, before a real Redis: commands come as JSON, strings go back in base64.
import { once } from "node:events";
import { createServer } from "node:http";
import { Redis } from "ioredis";

/** @param {number} port of the Redis server */
export async function startRestFront(port) {
  const redis = new Redis(port, "127.0.0.1", { protocol: 2 });
  /** How many commands each request has brought. @type {number[]} */
  const requests = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const commands = JSON.parse(body);
    const run = async (/** @type {unknown[]} */ [name, ...args]) => {
      try {
        return { result: encode(await redis.callBuffer(String(name), ...args.map(String))) };
      } catch (error) {
        return { error: /** @type {Error} */ (error).message };
      }
    };
    const isPipeline = request.url === "/pipeline";
    requests.push(isPipeline ? commands.length : 1);
    const answer = isPipeline ? await Promise.all(commands.map(run)) : await run(commands);
    const isError = !isPipeline && /** @type {any} */ (answer).error !== undefined;
    response.writeHead(isError ? 400 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    requests,
    url: `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`,
    async stop() {
      redis.disconnect();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** @param {any} reply @returns {any} */
function encode(reply) {
  if (Array.isArray(reply)) return reply.map(encode);
  if (!(reply instanceof Uint8Array)) return reply;
  const text = Buffer.from(reply).toString();
  return text === "OK" ? text : Buffer.from(reply).toString("base64");
}
