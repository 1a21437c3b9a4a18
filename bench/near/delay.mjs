// A TCP proxy that adds a millisecond to each round trip: node near/delay.mjs PORT, started by fork(), which gets its port.
import { once } from "node:events";
import { connect, createServer } from "node:net";

const DELAY_MS = 1;
const [port] = process.argv.slice(2);
const proxy = createServer({ noDelay: true }, (client) => {
  const server = connect({ port: Number(port), noDelay: true });
  client.pipe(server);
  server.on("data", (data) => setTimeout(() => client.write(data), DELAY_MS));
  for (const [one, other] of [
    [client, server],
    [server, client],
  ])
    one.on("error", () => {}).on("close", () => other.destroy());
}).listen(0, "127.0.0.1");
await once(proxy, "listening");
process.send?.(proxy.address().port);
process.on("disconnect", () => process.exit());
