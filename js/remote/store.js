// @ts-check
/**
 * The store over a Redis-like backend: looks up, runs, stores and invalidates by the protocol, and turns whatever the
 * backend does wrong into a call of the user's function.
 *
 * A hit is one command. A miss reads where the log ends, joins or starts a run, and stores. While an invalidation waits
 * to be applied (js/remote/pending.js) nothing is served from the backend and nothing is stored.
 */

import { wellFormed } from "../boundary/well-formed.js";
import { deserialize, execute, lifetime, serialize } from "../functions/run.js";
import { within } from "../functions/within.js";
import { BackendError, messageOf } from "../messages/errors.js";
import { Flights } from "./flights.js";
import { Guard } from "./guard.js";
import { Lookup } from "./lookup.js";
import { Pending } from "./pending.js";
import { concernsOf, concernsOfTarget } from "./protocol/concerns.js";
import { KVProtocol } from "./protocol/kv.js";
import { EVERYTHING, entityConcern, functionConcern, functionOf, Layout } from "./protocol/layout.js";
import { OwnLogProtocol } from "./protocol/own.js";
import { ownLogOf } from "./protocol/own-log.js";
import { encodePayload } from "./protocol/payload.js";
import { PlainProtocol } from "./protocol/plain.js";
import { ScriptProtocol } from "./protocol/script.js";

/** @typedef {import("../functions/context.js").Context} Context */
/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/target.js").Target} Target */
/** @typedef {import("./protocol/log.js").Position} Position */
/** @typedef {string | Uint8Array} Payload */
/** One call: what it is of, and its key. @typedef {import("./lookup.js").Call & { self: unknown }} Call */
/** @typedef {import("./lookup.js").Found} Found */
/** What a run has given: its result, and the text of it if it could be stored. @typedef {{ result: unknown, payload: Payload | undefined }} Outcome */

/** @typedef {import("../functions/store.js").Store} Store */

const NO_STREAMS =
  "the backend keeps no streams: what other processes invalidate while a function runs here goes unseen";
const EVENTUALLY_CONSISTENT =
  "Workers KV is eventually consistent: elsewhere an entry may be served for about a minute after its invalidation";

/** @implements {Store} */
export class RemoteStore {
  /** Other processes share the entries, so functions need stable names. */
  isShared = true;
  #context;
  #client;
  #guard;
  #lookup;
  #layout;
  /** @type {PlainProtocol} */
  #protocol;
  /** @type {Flights<Outcome>} */
  #flights;
  #pending;
  #entries = 0;
  #hasCheckedPolicy = false;
  /** Work that no call waits for. @type {Set<Promise<unknown>>} */
  #background = new Set();

  /**
   * @param {Context} context
   * @param {import("./connections/connection.js").Connection} connection
   */
  constructor(context, connection) {
    const { options, logger, events } = context;
    this.#context = context;
    this.#client = connection.client;
    this.#guard = new Guard(connection, options, (state) => {
      if (state === "open")
        logger.error(
          `the backend has failed ${options.breaker.failures} times in a row and is skipped for ${options.breaker.cooldown} ms`,
        );
      if (state === "closed") logger.info("the backend answers again");
      events.emit("breaker", { state });
    });
    this.#layout = new Layout(context.prefix, connection);
    this.#protocol = this.#chooseProtocol();
    this.#lookup = new Lookup(this.#guard, options.strict, (key, concerns, asBytes) =>
      this.#protocol.verify(key, concerns, asBytes),
    );
    this.#flights = new Flights({
      position: () => this.#protocol.position(),
      since: (position) => this.#protocol.since(position),
    });
    this.#pending = new Pending((concerns) => this.#apply(concerns), EVERYTHING);
  }

  #chooseProtocol() {
    const guard = this.#guard;
    const { core, options } = this.#context;
    const setting = {
      writer: () => `${this.#context.instance}-${this.#entries++}`,
      now: this.#context.clock,
      isArgumentPart: (/** @type {string} */ text) => core.exports.isArgumentPart(core.writeText(text)),
      isStrict: options.strict,
      later: (/** @type {Promise<unknown>} */ work) => this.#later(work),
    };
    if (!guard.hasLog) {
      const { log, isNew } = ownLogOf(this.#client, this.#layout.prefix);
      if (isNew) this.#context.logger.warn(guard.hasSets ? NO_STREAMS : EVENTUALLY_CONSISTENT);
      return new (guard.hasSets ? OwnLogProtocol : KVProtocol)(guard, this.#layout, setting, log);
    }
    return guard.hasScripts && this.#layout.isOneSlot
      ? new ScriptProtocol(guard, this.#layout, setting)
      : new PlainProtocol(guard, this.#layout, setting);
  }

  /** @type {import("../functions/store.js").Store["call"]} */
  async call(definition, self, args) {
    const key = definition.key(self, args);
    if (key === undefined) return execute(definition, self, args);
    const call = { definition, self, args, key };
    if (this.#pending.size > 0 && !(await this.#pending.flush()))
      return this.#skip(call, "an invalidation waits for the backend");

    /** @type {Found | undefined} */
    let found;
    try {
      const answer = this.#lookup.read(call, await this.#lookup.ask(call));
      found = answer instanceof Promise ? await answer : answer;
    } catch (error) {
      if (!this.#lookup.isOfAnotherType(call, error)) return this.#bypass(call, "get", error);
    }
    // One that was asked for while the backend answered.
    if (this.#pending.size > 0) return this.#skip(call, "an invalidation waits for the backend");
    const { counts } = this.#context.events;
    if (found === undefined) {
      counts.misses += 1;
      this.#tell("miss", call);
      return this.#fresh(call);
    }
    if (!found.isStale) {
      counts.hits += 1;
      this.#tell("hit", call);
      // Nobody waits for it, so a run that may yet turn out to be concerned is as good as a new one.
      if (found.isDue && !this.#flights.has(call.key)) this.#refreshLater(call);
      return found.value;
    }
    return this.#serveStale(call, found);
  }

  /**
   * @param {Call} call
   * @param {Found} found
   */
  async #serveStale(call, { value, staleMs }) {
    const { staleWhileRevalidate, staleIfError } = call.definition.options;
    const serve = () => {
      this.#context.events.counts.stale += 1;
      this.#tell("stale", call);
      return value;
    };
    if (staleMs <= staleWhileRevalidate) {
      this.#refreshLater(call);
      return serve();
    }
    try {
      return await this.#fresh(call);
    } catch (error) {
      // Only what this very call has read: a run that it joined may have begun after an invalidation.
      if (staleMs > staleIfError) throw error;
      return serve();
    }
  }

  /** @param {Call} call */
  #refreshLater(call) {
    const { name } = call.definition;
    this.#later(
      this.#fresh(call).catch((error) =>
        this.#context.logger.warn(`function "${name}": its refresh failed: ${messageOf(error)}`),
      ),
    );
  }

  /**
   * The result of a run, joined or new.
   * @param {Call} call
   */
  async #fresh(call) {
    /** @type {Awaited<ReturnType<Flights<Outcome>["join"]>>} */
    let joined;
    try {
      joined = await this.#flights.join(call.key, this.#mayConcern(call), (position) => this.#run(call, position));
    } catch (error) {
      return this.#bypass(call, "reading the log", error);
    }
    const { result, payload } = await joined.flight.outcome;
    if (joined.isOwn || payload === undefined) return result;
    // A copy: nobody changes what another caller holds.
    const copy = await deserialize(call.definition, payload);
    return copy === undefined ? result : copy.value;
  }

  /** @type {import("../functions/store.js").Store["refresh"]} */
  async refresh(definition, self, args) {
    const key = definition.key(self, args);
    if (key === undefined) return execute(definition, self, args);
    const call = { definition, self, args, key };
    if (this.#pending.size > 0 && !(await this.#pending.flush()))
      return this.#skip(call, "an invalidation waits for the backend");
    /** @type {import("./flights.js").Flight<Outcome>} */
    let flight;
    try {
      // An entry of its own: what runs of this call began before must not be stored over the result of this one.
      const position = await this.#protocol.append([this.#layout.concern(key)]);
      flight = this.#flights.start(key, position, (position) => this.#run(call, position));
    } catch (error) {
      return this.#bypass(call, "reading the log", error);
    }
    return (await flight.outcome).result;
  }

  /** @type {import("../functions/store.js").Store["peek"]} */
  async peek(definition, self, args) {
    const key = definition.key(self, args);
    if (key === undefined || this.#pending.size > 0) return undefined;
    try {
      const found = await this.#lookup.find({ definition, args, key });
      return found?.isStale === false && this.#pending.size === 0 ? found.value : undefined;
    } catch (error) {
      this.#failed(`get of ${key}`, error);
      return undefined;
    }
  }

  /**
   * Runs the function and stores its result.
   * @param {Call} call
   * @param {Position} position
   * @returns {Promise<Outcome>}
   */
  async #run(call, position) {
    const result = await execute(call.definition, call.self, call.args);
    const { operationTimeout, waitUntil } = this.#context.options;
    const ttlMs = lifetime(call.definition, result, call.args);
    const payload = await serialize(call.definition, result);
    if (payload === undefined || !(ttlMs > 0)) {
      this.#tell("skip", call, { reason: payload === undefined ? "not serializable" : "ttl" });
      return { result, payload };
    }
    const storing = this.#store(call, result, payload, ttlMs, position);
    if (waitUntil) this.#later(storing);
    else await within(storing, operationTimeout, () => {});
    return { result, payload };
  }

  /**
   * @param {Call} call
   * @param {unknown} result
   * @param {Payload} payload
   * @param {number} ttlMs
   * @param {Position} position
   */
  async #store(call, result, payload, ttlMs, position) {
    const { definition, key, args } = call;
    try {
      const verdict = await this.#protocol.store({
        key,
        value: encodePayload(payload, this.#guard.hasBytes),
        ttlMs: Number.isFinite(ttlMs) ? ttlMs + definition.windowMs : 0,
        name: wellFormed(definition.name),
        concerns: concernsOf(definition, result, args, payload),
        position,
      });
      if (verdict === "stored") {
        this.#context.events.counts.stores += 1;
        this.#tell("store", call);
        this.#checkPolicy();
      } else {
        this.#context.events.counts.skips += 1;
        this.#tell("skip", call, {
          reason: verdict === "lost" ? "the log does not reach back" : "invalidated meanwhile",
        });
      }
    } catch (error) {
      this.#failed(`store of ${key}`, error);
    }
  }

  /** @type {import("../functions/store.js").Store["invalidate"]} */
  async invalidate(targets) {
    const isSoft = (/** @type {Target} */ target) => target.kind === "entity" && target.isSoft === true;
    const counts = await Promise.all([
      this.#attempt(
        targets.filter((target) => !isSoft(target)),
        (concerns) => this.#apply(concerns),
      ),
      this.#attempt(targets.filter(isSoft), (concerns) =>
        this.#protocol.soften(concerns, (name) => this.#context.functions.get(name)?.windowMs ?? 0),
      ),
    ]);
    return counts[0] + counts[1];
  }

  /**
   * Invalidates now, or as soon as the backend takes it; the count is not known then.
   * @param {Target[]} targets
   * @param {(concerns: string[]) => Promise<number>} act
   */
  async #attempt(targets, act) {
    const concerns = [
      ...new Set(targets.flatMap((target) => concernsOfTarget(target, (key) => this.#layout.concern(key)))),
    ];
    if (concerns.length === 0) return 0;
    try {
      return await act(concerns);
    } catch (error) {
      this.#failed(
        `invalidation of ${concerns.slice(0, 5).join(", ")} (it is tried again until the backend takes it)`,
        error,
      );
      this.#pending.add(concerns);
      return 0;
    }
  }

  /** @param {string[]} concerns */
  async #apply(concerns) {
    try {
      return await this.#protocol.invalidate(concerns.includes(EVERYTHING) ? [EVERYTHING] : concerns);
    } catch (error) {
      this.#noticeScripts(error);
      throw error;
    }
  }

  /** @type {import("../functions/store.js").Store["explain"]} */
  async explain(type, id) {
    const keys = await this.#protocol.list(this.#layout.key(entityConcern(type, id)));
    const lefts = await this.#protocol.send(keys.map((key) => ["pttl", [key]]));
    const held = await Promise.all(keys.map((key, i) => this.#explainCall(key, Number(lefts[i]))));
    return held.filter((call) => call !== undefined);
  }

  /** @param {string} key @param {number} leftMs -1: for good; -2: gone, or the backend cannot say */
  async #explainCall(key, leftMs) {
    if (leftMs === -2 && (await this.#guard.request(["get", [key]])) === null) return undefined;
    const name = functionOf(this.#layout.concern(key));
    const definition = this.#context.functions.get(name);
    const call = { key, function: name };
    return leftMs < 0 ? call : { ...call, ttlMs: Math.max(0, leftMs - (definition?.windowMs ?? 0)) };
  }

  stats() {
    return { pending: this.#pending.size, running: this.#flights.size };
  }

  /** Waits for what is under way in the background. The client is the user's, and stays open. */
  async close() {
    await this.#pending.close();
    await Promise.allSettled([...this.#background]);
  }

  /**
   * Whether an invalidation may concern what a call will give: its result, and so its entities, are not known yet.
   * @param {Call} call
   */
  #mayConcern({ definition, key }) {
    const own = new Set([EVERYTHING, functionConcern(definition.name), this.#layout.concern(key)]);
    const types = definition.hasOpenTypes ? undefined : new Set(definition.types.map(wellFormed));
    return (/** @type {string} */ concern) => {
      if (own.has(concern)) return true;
      const [kind, type] = concern.split(":", 2);
      return (kind === "e" || kind === "l") && (types === undefined || types.has(type));
    };
  }

  /**
   * Runs the function without the cache.
   * @param {Call} call
   * @param {string} reason
   */
  #skip(call, reason) {
    this.#context.events.counts.skips += 1;
    this.#tell("skip", call, { reason });
    return execute(call.definition, call.self, call.args);
  }

  /**
   * @param {Call} call
   * @param {string} what
   * @param {unknown} error
   */
  #bypass(call, what, error) {
    this.#failed(`${what} of ${call.key}`, error);
    return this.#skip(call, "the backend failed");
  }

  /**
   * @param {string} what
   * @param {unknown} error
   */
  #failed(what, error) {
    this.#noticeScripts(error);
    // The breaker was told of when it opened.
    if (!(error instanceof BackendError && error.code === "ERR_CACHEREF_BREAKER")) this.#context.failed(what, error);
  }

  /**
   * Where scripts turn out to be forbidden, or keys to lie in several slots (a Cluster behind a client that does not
   * know), the protocol goes on in single commands.
   * @param {unknown} error
   */
  #noticeScripts(error) {
    if (!(error instanceof Error)) return;
    const { logger } = this.#context;
    if (this.#guard.hasScripts && /(NOPERM|unknown command).*eval/i.test(error.message)) {
      this.#guard.hasScripts = false;
      logger.warnOnce(
        "scripts",
        "the backend runs no scripts (EVALSHA, EVAL): storing and invalidating take more commands",
      );
    } else if (!this.#layout.isCluster && error.message.includes("CROSSSLOT")) {
      this.#layout.isCluster = true;
      logger.warnOnce(
        "slots",
        'the keys lie in several slots of a Cluster: storing and invalidating take more commands; a prefix like "{app}:" keeps them in one',
      );
    } else return;
    this.#protocol = this.#chooseProtocol();
  }

  /** Says once if the server may evict indexes before values: an invalidation would not find those any more. */
  #checkPolicy() {
    const { logger, options } = this.#context;
    if (this.#hasCheckedPolicy || options.strict || !this.#guard.hasLog) return;
    this.#hasCheckedPolicy = true;
    this.#later(
      this.#guard.request(["info", [], ["memory"]]).then((info) => {
        const policy = /maxmemory_policy:(allkeys\S+)/.exec(String(info))?.[1];
        if (policy === undefined) return;
        logger.warnOnce(
          "policy",
          `the server's maxmemory-policy is ${policy}: it may evict indexes, whose values can then not be invalidated; use volatile-lru or volatile-ttl, or the option strict`,
        );
      }),
    );
  }

  /**
   * Work that no call waits for; its failure is told and harms nobody.
   * @param {Promise<unknown>} work
   */
  #later(work) {
    const done = work.then(
      () => {},
      (error) => this.#failed("work in the background", error),
    );
    this.#background.add(done);
    done.then(() => this.#background.delete(done));
    this.#context.options.waitUntil?.(done);
  }

  /**
   * @param {import("../messages/events.js").EventName} name
   * @param {Call} call
   * @param {Record<string, unknown>} [more]
   */
  #tell(name, { definition, key }, more) {
    const { events } = this.#context;
    if (events.isWatched) events.emit(name, { function: definition.name, key, ...more });
  }
}
