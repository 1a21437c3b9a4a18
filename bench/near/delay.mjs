// A TCP proxy that makes each round trip longer: node near/delay.mjs PORT MILLISECONDS, started by fork(), which gets its port.
import { once } from "node:events";
import { connect, createServer } from "node:net";

const [port, delayMs] = process.argv.slice(2).map(Number);
const proxy = createServer({ noDelay: true }, (client) => {
  const server = connect({ port, noDelay: true });
  client.pipe(server);
  server.on("data", (data) => setTimeout(() => client.write(data), delayMs));
  for (const [one, other] of [
    [client, server],
    [server, client],
  ])
    one.on("error", () => {}).on("close", () => other.destroy());
}).listen(0, "127.0.0.1");
await once(proxy, "listening");
process.send?.(proxy.address().port);
process.on("disconnect", () => process.exit());
