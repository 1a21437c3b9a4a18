#!/usr/bin/env node
// @ts-check
/**
 * `npx cacheref` looks into a cache on Redis or Workers KV: what it holds, which calls hold an entity, and what an
 * invalidation would drop. It also invalidates.
 *
 * Exit codes: 0 done, 1 the server or the client failed, 2 the command line cannot be understood.
 */
import { createRequire } from "node:module";
import { ConfigError } from "../messages/errors.js";
import { HELP, readCommandLine } from "./arguments.js";
import { commands } from "./commands.js";
import { Screen } from "./screen.js";
import { connect } from "./session.js";

/** @param {string[]} words */
async function main(words) {
  const { command, operands, options } = readCommandLine(words);
  const screen = new Screen(options.json);
  if (options.version) {
    screen.line(createRequire(import.meta.url)("../../package.json").version);
    return 0;
  }
  if (options.help || command === undefined) {
    screen.line(HELP.trimEnd());
    return command === undefined && !options.help ? 2 : 0;
  }
  const session = await connect(options);
  try {
    await commands[command].run(session, operands, options, screen);
    return 0;
  } finally {
    await session.close();
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`cacheref: ${error.message}\n`);
    process.exitCode = error instanceof ConfigError ? 2 : 1;
  },
);
