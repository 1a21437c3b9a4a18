// The invalidation log is shortened, deleted, or another program puts something under its key.
import { again } from "../faults.js";
import { onServer } from "../server.js";

const LOG = "chaos:log";

/** @type {import("../run-scenario.js").Scenario[]} */
export const log = [
  {
    name: "log-trimmed",
    about: "the log loses all its entries (XTRIM MAXLEN 0)",
    start: onServer((run, { admin }) => again(run, 50, () => admin.call("XTRIM", LOG, "MAXLEN", "0").catch(() => {}))),
  },
  {
    name: "log-deleted",
    about: "the log is deleted (DEL)",
    start: onServer((run, { admin }) => again(run, 50, () => admin.del(LOG))),
  },
  {
    name: "log-of-another-type",
    about: "a string stands under the log's key (SET)",
    start: onServer((run, { admin }) => again(run, 100, () => admin.set(LOG, "something else"))),
  },
];
