// @ts-check
/**
 * Chooses the protocol by what the backend can do, and replaces it when the server refuses a script, or finds keys in
 * several slots.
 *
 * The choice is one object for the life of a cache, and so is its log. The protocol is read from `current` at each use.
 */
import { isError } from "../../boundary/realms.js";
import { isRefusal } from "../connections/reply.js";
import { EVERYTHING, withDependents } from "./concerns.js";
import { KVProtocol } from "./kv.js";
import { Leases } from "./leases.js";
import { OwnLogProtocol } from "./own.js";
import { ownLogOf } from "./own-log.js";
import { PlainProtocol } from "./plain.js";
import { Recovery } from "./recovery.js";
import { ScriptProtocol } from "./script.js";
import { StreamLog } from "./stream-log.js";
import { Witnesses } from "./witnesses.js";

/** @typedef {import("./log.js").Log} Log */
/** @typedef {import("./plain.js").Port} Port */
/** @typedef {import("./plain.js").Setting & { writer: () => string, instance: () => string, onLost: () => void }} Setting `instance`: how the names of the cache's own leases begin */

const NO_STREAMS =
  "the backend keeps no streams: what other processes invalidate while a function runs here goes unseen";
const EVENTUALLY_CONSISTENT =
  "Workers KV is eventually consistent: elsewhere an entry may be served for about a minute after its invalidation";
const LOST_DATA =
  "the server has lost data: its invalidation log does not have the last entry that this process has seen, so values that were invalidated may be back; everything under the prefix is dropped";
const LOST_NODE =
  "a node of the Cluster has lost its data, and indexes with them, so values on other nodes could not be invalidated; everything under the prefix is dropped";
const NO_SCRIPTS = "the backend runs no scripts (EVALSHA, EVAL): storing and invalidating take more commands";
const SEVERAL_SLOTS =
  'the keys lie in several slots of a Cluster: storing and invalidating take more commands; a prefix like "{app}:" keeps them in one';

/** @param {string} policy */
const evicts = (policy) =>
  `the server's maxmemory-policy is ${policy}: it may evict an index before its values, so each hit also checks its indexes, which takes one more round trip; a volatile-… policy needs no check; the option strict says whether to check`;
/** @param {Error} error */
const unknownPolicy = (error) =>
  `the server does not say what its maxmemory-policy is (INFO memory: ${error.message}): if it is an allkeys-… policy, set strict: true, else strict: false`;

const NONE_LATE = new Map();

export class ProtocolChoice {
  #port;
  #layout;
  #setting;
  #logger;
  #choose;
  /** @type {StreamLog | undefined} */
  #stream;
  /** @type {Recovery | undefined} */
  #recovery;
  /** Invalidations under way: each recovers from a loss before it resolves. */
  #invalidations = 0;
  /** @type {Promise<void> | undefined} */
  #asking;

  /**
   * @param {Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {Setting} setting
   * @param {object} client the user's
   * @param {import("../../messages/logger.js").Logger} logger
   */
  constructor(port, layout, setting, client, logger) {
    this.#port = port;
    this.#layout = layout;
    this.#setting = setting;
    this.#logger = logger;
    /** Whether a value counts only while its indexes list it; undefined: the server has not been asked yet. @type {boolean | undefined} */
    this.isStrict = port.can.log ? setting.isStrict : setting.isStrict === true;
    if (port.can.log) {
      const log = new StreamLog(port, layout, setting.writer);
      /** The invalidation log. @type {Log} @readonly */
      this.log = log;
      /** The keys that must not be read: an overdue operation may write an old value. @type {ReadonlyMap<string, unknown>} @readonly */
      this.late = NONE_LATE;
      this.#stream = log;
      /** The leases of near caches; none where the log is that of the process. @type {Leases | undefined} @readonly */
      this.leases = new Leases(port, layout, log, setting.instance);
      const recovery = new Recovery(log, () => this.current, setting.later);
      this.#recovery = recovery;
      log.onLost = (what, isNew) => {
        if (isNew) logger.error(what === "node" ? LOST_NODE : LOST_DATA);
        if (this.#invalidations > 0) return;
        if (what === "node") setting.later(recovery.run());
        else setting.onLost();
      };
      this.#choose = () => this.#chooseWithStreams(log);
    } else {
      const { log, isNew } = ownLogOf(client, layout.prefix);
      if (isNew) logger.warn(port.can.sets ? NO_STREAMS : EVENTUALLY_CONSISTENT);
      this.log = log;
      this.late = log.locks.late;
      const Protocol = port.can.sets ? OwnLogProtocol : KVProtocol;
      this.#choose = () => new Protocol(port, layout, setting, log);
    }
    /** The protocol in use. @type {PlainProtocol} */
    this.current = this.#choose();
  }

  /** @param {StreamLog} log */
  #chooseWithStreams(log) {
    const { scripts } = this.#port.can;
    if (!scripts) this.#logger.warnOnce("scripts", NO_SCRIPTS);
    const Protocol = scripts && this.#layout.isOneSlot ? ScriptProtocol : PlainProtocol;
    const hasWitnesses = scripts && this.#layout.hasSeveralSlots;
    const witnesses = hasWitnesses ? new Witnesses(this.#port, this.#layout, log, this.#setting.now) : undefined;
    return new Protocol(this.#port, this.#layout, { ...this.#setting, leases: this.leases, witnesses }, log);
  }

  /** @type {PlainProtocol["store"]} */
  async store(stored) {
    const verdict = await this.current.store(stored);
    if (verdict === "stored") this.askPolicy();
    return verdict;
  }

  /** @type {PlainProtocol["invalidate"]} */
  async invalidate(concerns) {
    this.#invalidations += 1;
    try {
      if (concerns.includes(EVERYTHING))
        return await (this.#recovery?.dropEverything() ?? this.current.invalidate([EVERYTHING]));
      const dropped = await this.current.invalidate(withDependents(concerns));
      if (this.#stream?.isLost) await this.#recovery?.run();
      return dropped;
    } catch (error) {
      this.notice(error);
      if (this.#stream?.isLost) this.#setting.onLost();
      throw error;
    } finally {
      this.#invalidations -= 1;
    }
  }

  /**
   * Replaces the protocol if an error says that scripts are forbidden, or that keys lie in several slots: there are
   * clients that do not know that they talk to a Cluster.
   * @param {unknown} error
   */
  notice(error) {
    if (!isError(error)) return;
    if (/(NOPERM|unknown command).*eval/i.test(error.message)) this.#port.can.scripts = false;
    else if (!this.#layout.isCluster && error.message.includes("CROSSSLOT")) {
      this.#layout.isCluster = true;
      this.#logger.warnOnce("slots", SEVERAL_SLOTS);
    } else return;
    this.current = this.#choose();
  }

  /**
   * Asks the server once which keys it evicts, unless the user has set `strict`. Where it may evict an index before its
   * values, a hit counts only if its indexes list it. Never rejects: no answer is asked for again.
   */
  askPolicy() {
    if (this.isStrict !== undefined) return undefined;
    this.#asking ??= this.#port.request(["info", [], ["memory"]]).then(
      (info) => {
        const policy = /maxmemory_policy:(allkeys\S+)/.exec(String(info))?.[1];
        this.isStrict = policy !== undefined;
        if (policy !== undefined) this.#logger.warnOnce("policy", evicts(policy));
      },
      (error) => {
        if (isRefusal(error)) {
          this.isStrict = false;
          this.#logger.warnOnce("policy", unknownPolicy(error));
        } else this.#asking = undefined;
      },
    );
    this.#setting.later(this.#asking);
    return this.#asking;
  }
}
