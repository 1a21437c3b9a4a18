// Processes that die, stand still, or whose clocks jump; and the way between them and the server.
import { again, anyOf, standStill } from "../faults.js";
import { behindProxies, onServer } from "../server.js";

/** As many as a scenario has that does not say so. */
const WORKERS = 3;

/** @type {import("../run-scenario.js").Scenario[]} */
export const workers = [
  {
    name: "workers-killed",
    about: "workers are killed (kill -9) at a command of a store or an invalidation, before the server has it or after",
    start: behindProxies(WORKERS, async (run, proxies) => {
      const kill = () =>
        new Promise((resolve) => {
          const worker = Math.floor(Math.random() * proxies.length);
          const proxy = proxies[worker];
          const late = setTimeout(resolve, 500);
          proxy.decide = (words) => {
            if (!/^(evalsha|eval|xadd)$/i.test(words[0]) || Math.random() < 0.8) return "pass";
            proxy.decide = () => "drop";
            clearTimeout(late);
            run.children[worker].kill("SIGKILL");
            run.children[worker].once("exit", () => {
              proxy.cut();
              proxy.decide = () => "pass";
              resolve(undefined);
            });
            return anyOf(["drop", "drop-reply"]);
          };
        });
      await again(run, 1000, kill);
    }),
  },
  {
    name: "workers-stopped",
    about: "workers stand still (SIGSTOP) for 0.3 to 3 s",
    start: onServer((run) => again(run, 500, () => standStill(run, 300 + Math.random() ** 2 * 2700))),
  },
  {
    name: "clocks-jump",
    about: "the clock of each worker jumps an hour back and forth",
    clockJumps: true,
    start: onServer(),
  },
  {
    name: "proxy-delays",
    about: "each worker's commands or replies are held back for up to 100 ms, one at a time",
    start: behindProxies(WORKERS, (run, proxies) => again(run, 20, () => hold(anyOf(proxies), 100))),
  },
  {
    name: "proxy-cuts",
    about: "connections are cut before a command or its reply",
    start: behindProxies(WORKERS, (run, proxies) =>
      again(run, 40, () => {
        const proxy = anyOf(proxies);
        const fate = anyOf(/** @type {const} */ (["cut", "cut-reply"]));
        proxy.decide = () => {
          proxy.decide = () => "pass";
          return fate;
        };
      }),
    ),
  },
  {
    name: "proxy-holds",
    about: "commands or replies are held back for up to 1.5 s, longer than the cache waits for them",
    start: behindProxies(WORKERS, (run, proxies) => again(run, 300, () => hold(anyOf(proxies), 1500))),
  },
];

/** @param {import("../server.js").Proxy} proxy @param {number} longestMs */
function hold(proxy, longestMs) {
  const fate = anyOf(/** @type {const} */ (["hold", "hold-reply"]));
  proxy.decide = () => {
    proxy.decide = () => "pass";
    setTimeout(() => proxy.release(), Math.random() * longestMs);
    return fate;
  };
}
