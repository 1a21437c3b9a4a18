// One server for the tests of a file, and clients of it.
import { after } from "node:test";
import { connectTo } from "./protocol.js";
import { startProxy } from "./proxy.js";
import { startRedis } from "./redis.js";

/** To be awaited at the top of the file; both are gone after its tests. */
export async function useRedis() {
  const server = await startRedis();
  const client = connectTo(server.port);
  after(async () => {
    client.disconnect();
    await server.stop();
  });
  return { server, client };
}

/** The same with a proxy in front of the server: `client` goes through it, `direct` does not. */
export async function useProxiedRedis() {
  const { server, client: direct } = await useRedis();
  const proxy = await startProxy(server.port);
  const client = connectTo(proxy.port);
  await client.ping();
  after(async () => {
    client.disconnect();
    await proxy.stop();
  });
  return { server, proxy, direct, client };
}
