// @ts-check
/** The options of a cache that only shared backends use. cacheref/memory has them in name alone. */
import { duration } from "../functions/duration.js";
import { PYTHON_NAMING } from "../functions/naming.js";
import { refuse } from "../messages/errors.js";
import { boolean, checkNames, limit, oneOf } from "./checks.js";

/** @typedef {import("./checks.js").Check} Check */

/** @type {Check} */
function breaker(value, name) {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    refuse(name, "an object { failures, cooldown }", value);
  const { failures = 5, cooldown = 5000, ...rest } = value;
  checkNames(rest, ["failures", "cooldown"], name);
  if (!Number.isInteger(failures) || failures < 1) refuse(`${name}.failures`, "a whole number >= 1", failures);
  if (!(typeof cooldown === "number" && cooldown >= 0))
    refuse(`${name}.cooldown`, "a number of milliseconds >= 0", cooldown);
  return { failures, cooldown };
}

const NEAR_DEFAULTS = { lease: 2000, maxTtl: 300_000, coherence: "exact" };
const SHORTEST_LEASE_MS = 100;
/** Renewals in one lease. */
const RENEWALS = 4;

/** @type {Check} */
function near(value, name) {
  if (value === false) return undefined;
  if (value !== true && (value === null || typeof value !== "object" || Array.isArray(value)))
    refuse(name, "true, false, or an object of options", value);
  const given = value === true ? {} : value;
  checkNames(given, ["maxEntries", "maxBytes", "values", "maxTtl", "coherence", "lease"], name);
  const {
    lease = NEAR_DEFAULTS.lease,
    maxTtl = NEAR_DEFAULTS.maxTtl,
    coherence = NEAR_DEFAULTS.coherence,
    ...limits
  } = given;
  const leaseMs = given.lease === undefined ? lease : duration(lease, `${name}.lease`);
  if (!(leaseMs >= SHORTEST_LEASE_MS && leaseMs <= 60_000))
    refuse(`${name}.lease`, "from 100 ms to a minute: it is renewed four times in that time", lease);
  const maxTtlMs = given.maxTtl === undefined ? maxTtl : limit(maxTtl, `${name}.maxTtl`);
  return { leaseMs, maxTtlMs, maxStalenessMs: maxStaleness(coherence, leaseMs, name), limits };
}

/**
 * @param {any} coherence
 * @param {number} leaseMs
 * @param {string} name
 */
function maxStaleness(coherence, leaseMs, name) {
  if (coherence === "exact") return undefined;
  if (coherence === null || typeof coherence !== "object" || coherence.maxStaleness === undefined)
    refuse(`${name}.coherence`, '"exact" or { maxStaleness }', coherence);
  checkNames(coherence, ["maxStaleness"], `${name}.coherence`);
  const ms = duration(coherence.maxStaleness, `${name}.coherence.maxStaleness`);
  if (ms >= leaseMs / RENEWALS) return ms;
  return refuse(
    `${name}.coherence.maxStaleness`,
    `at least ${leaseMs / RENEWALS} ms, the time between two renewals of the lease (a shorter lease allows less)`,
    coherence.maxStaleness,
  );
}

/** @type {Record<"breaker" | "strict" | "python" | "near", Check>} */
export const serverChecks = { breaker, strict: boolean, python: oneOf(...Object.keys(PYTHON_NAMING)), near };
