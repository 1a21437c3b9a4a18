/** Deno and Bun: by import, by require, and compiled into one program. The suite of tests/runtime runs there as well. */
import { join } from "node:path";
import { bun, deno } from "../../runtime/programs.js";
import { isolate, lastLine, makeProject, PRINT, run } from "../project.js";

const FILES = {
  "import.mjs": `import { cache } from "cacheref";\n${PRINT}`,
  "require.cjs": `const { cache } = require("cacheref");\n${PRINT}`,
  "both.mjs": `import { createRequire } from "node:module";
import { cache } from "cacheref";
if (createRequire(import.meta.url)("cacheref").cache !== cache) throw new Error("two caches");
${PRINT}`,
};

/**
 * @param {string} environment
 * @param {string | undefined} program
 * @param {string[]} args
 * @returns {import("../run.js").Case[]}
 */
const loaded = (environment, program, args) =>
  Object.keys(FILES).map((file) => ({
    environment,
    what: `${args[0]} ${file}`,
    async run() {
      if (program === undefined) throw new Error(`no ${environment}: tests/package.json has it for Linux on x64`);
      return lastLine(await run(program, [...args, file], { cwd: makeProject(environment, FILES) }));
    },
  }));

/** @param {string[]} args @returns {import("../run.js").Case} */
const built = (args) => ({
  environment: "Bun",
  what: `bun build ${args.join(" ")}; run in an empty folder`,
  async run() {
    const program = bun();
    if (program === undefined) throw new Error("no Bun: tests/package.json has it for Linux on x64");
    const isProgram = args.includes("--compile");
    const folder = makeProject(`bun-${args.join("-").replace(/\W+/g, "-")}`, FILES);
    const name = isProgram ? "main" : "main.mjs";
    await run(program, ["build", ...args, "import.mjs", `--outfile=${name}`], { cwd: folder });
    const alone = isolate(join(folder, name), name);
    return lastLine(
      await run(isProgram ? alone : process.execPath, isProgram ? [] : [alone], { cwd: join(alone, "..") }),
    );
  },
});

/** @type {import("../run.js").Case[]} */
export const runtimes = [
  ...loaded("Deno", deno(), ["run", "--no-remote", "--allow-read", "--allow-env", "--node-modules-dir=manual"]),
  ...loaded("Bun", bun(), ["run"]),
  built(["--compile"]),
  built(["--compile", "--minify"]),
  // Bun sets no `module` of its own for Node.
  built(["--target=node", "--conditions=module"]),
];
