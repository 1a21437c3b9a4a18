/** TypeScript's modes of modules: compiled and then run, as CommonJS and as ES modules. What the types say: tests/types. */
import { join } from "node:path";
import { makeProject, run, runScript, USE } from "../project.js";

const MAIN = `import { cache, ConfigError, EntityCache } from "cacheref";
import { compressed } from "cacheref/compressed";
import { manualClock } from "cacheref/testing";
const own: EntityCache = new EntityCache({ ...compressed(), clock: manualClock() });
async function main() {
  if (!(own instanceof Object) || new ConfigError("A", "b").code !== "A") throw new Error("not what it should be");
  ${USE.replace("(id)", "(id: number)")}
}
void main().then((seen) => console.log(JSON.stringify(seen)));
`;

/** @type {import("../run.js").Case[]} */
export const typescript = ["node16", "node18", "nodenext"].flatMap((module) =>
  ["commonjs", "module"].map((type) => ({
    environment: "TypeScript 5.9",
    what: `module ${module}, ${type === "module" ? "ES modules" : "CommonJS"}`,
    async run() {
      const folder = makeProject(`typescript-${module}-${type}`, {
        "package.json": { private: true, type },
        "main.ts": MAIN,
        "tsconfig.json": {
          compilerOptions: { strict: true, target: "es2022", lib: ["es2022", "dom"], types: [], module, outDir: "out" },
          files: ["main.ts"],
        },
      });
      await run("tsc", ["-p", "."], { cwd: folder });
      return runScript(join(folder, "out/main.js"));
    },
  })),
);
