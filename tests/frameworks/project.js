/** The projects that the cases make: folders beside the packages of package.json, in which the tarball is installed. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tarball } from "../package/install.js";

const execute = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
export const modules = join(here, "node_modules");
const projects = join(here, "projects");
/** Where no package can be found. */
const outside = mkdtempSync(join(tmpdir(), "cacheref-frameworks-"));
process.on("exit", () => rmSync(outside, { recursive: true, force: true }));

/** What every project does, once it has a `cache`. It is the body of an async function that answers with `EXPECTED`. */
export const USE = `
  let runs = 0;
  const getUser = cache("user")(async function getUser(id) { runs += 1; return { id, name: "Ada" }; });
  await getUser(1);
  await getUser(1);
  const dropped = await cache.invalidateEntity("user", 1);
  await getUser(1);
  return { runs, dropped };
`;
export const EXPECTED = { runs: 2, dropped: 1 };
/** The same as a program that prints it. */
export const PRINT = `async function main() {${USE}}\nmain().then((seen) => console.log(JSON.stringify(seen)));\n`;

/** Unpacks the tarball among the packages, and removes what an earlier run has left. */
export async function prepare() {
  rmSync(projects, { recursive: true, force: true });
  const folder = join(modules, "cacheref");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  await execute("tar", ["xzf", tarball, "-C", folder, "--strip-components=1"]);
}

/**
 * A project of its own.
 * @param {string} name
 * @param {Record<string, string | object>} files objects are written as JSON
 */
export function makeProject(name, files) {
  const folder = join(projects, name);
  for (const [file, content] of Object.entries({ "package.json": { private: true }, ...files })) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

/** Copies a file or a folder to where nothing else is, and returns its path there. @param {string} path @param {string} name */
export function isolate(path, name) {
  const folder = mkdtempSync(join(outside, "alone-"));
  cpSync(path, join(folder, name), { recursive: true });
  return join(folder, name);
}

/**
 * Runs a program and returns what it prints. If it fails, its error has all that it said.
 * @param {string} program a path, or the name of a program of the packages
 * @param {string[]} args
 * @param {{ cwd: string, env?: Record<string, string> }} options
 */
export async function run(program, args, { cwd, env = {} }) {
  const local = join(modules, ".bin", program);
  // A test runner that is started by another one behaves otherwise.
  const { NODE_TEST_CONTEXT, NODE_OPTIONS, ...inherited } = process.env;
  try {
    const { stdout } = await execute(program.includes("/") || !existsSync(local) ? program : local, args, {
      cwd,
      env: { ...inherited, NO_COLOR: "1", CI: "1", ...env },
      maxBuffer: 2 ** 26,
      timeout: 240_000,
    });
    return stdout;
  } catch (error) {
    const { message, stdout = "", stderr = "" } = /** @type {any} */ (error);
    throw new Error(`${message.split("\n")[0]}\n${stdout}${stderr}`);
  }
}

/** What the last line that a program prints holds as JSON. @param {string} output */
export function lastLine(output) {
  const line = output.trim().split("\n").at(-1) ?? "";
  return JSON.parse(line);
}

/** Runs a script by this Node and returns what it prints as JSON. @param {string} script @param {string[]} [args] */
export async function runScript(script, args = []) {
  return lastLine(await run(process.execPath, [...args, script], { cwd: dirname(script) }));
}
