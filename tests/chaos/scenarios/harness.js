// A test of the harness itself.
import { onServer } from "../server.js";

/** @type {import("../run-scenario.js").Scenario[]} */
export const harness = [
  {
    name: "without-the-check",
    about:
      "a test of the harness: the scenario `normal` over a client that keeps invalidations out of the log, so that no store is refused. It passes if it finds old reads",
    mustFind: true,
    start: onServer(undefined, [], () => "without-log"),
  },
];
