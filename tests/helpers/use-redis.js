// One server for the tests of a file, and a client of it.
import { after } from "node:test";
import { connectTo } from "./protocol.js";
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
