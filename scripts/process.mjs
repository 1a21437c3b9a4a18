// @ts-check
/** Runs the programs that the scripts are made of. A failure ends the script with one line, not with a stack. */
import { spawnSync } from "node:child_process";

/**
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 */
export function run(program, args, options = {}) {
  const { error, status, signal } = spawnSync(program, args, { stdio: "inherit", ...options });
  if (error) stop(`${program} cannot be started: ${error.message}`);
  if (status !== 0) stop(`${program} ${args[0] ?? ""} failed (${signal ?? `exit code ${status}`})`);
}

/**
 * @param {string} message
 * @returns {never}
 */
export function stop(message) {
  console.error(message);
  process.exit(1);
}
