// All scenarios, in the order in which they run.
import { clusters } from "./clusters.js";
import { eviction } from "./eviction.js";
import { harness } from "./harness.js";
import { log } from "./log.js";
import { nears } from "./near.js";
import { oneProcess } from "./one-process.js";
import { servers } from "./servers.js";
import { staleness } from "./staleness.js";
import { ways } from "./ways.js";
import { workers } from "./workers.js";

/** @type {import("../run-scenario.js").Scenario[]} */
export const SCENARIOS = [
  ...harness,
  ...servers,
  ...log,
  ...eviction,
  ...workers,
  ...clusters,
  ...ways,
  ...nears,
  ...staleness,
  ...oneProcess,
];
