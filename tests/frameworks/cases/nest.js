/**
 * NestJS 11 with its dependency injection, compiled by the settings of `nest new`. Its own decorators are legacy ones.
 */
import { join } from "node:path";
import { makeProject, run, runScript } from "../project.js";

const MAIN = `
import "reflect-metadata";
import { Injectable, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { cache, EntityCache } from "cacheref";

interface User { id: number; name: string }

@Injectable()
class Database {
  runs = 0;
  async user(id: number): Promise<User> { this.runs += 1; return { id, name: "Ada" }; }
}

@Injectable()
class Users {
  constructor(private readonly database: Database, private readonly entities: EntityCache) {}
  readonly getUser = this.entities("user")((id: number) => this.database.user(id));
  drop(id: number) { return this.entities.invalidateEntity("user", id); }
}

@Module({ providers: [Database, Users, { provide: EntityCache, useValue: cache }] })
class App {}

async function main() {
  const app = await NestFactory.createApplicationContext(App, { logger: ["error"] });
  const users = app.get(Users);
  await users.getUser(1);
  await users.getUser(1);
  const dropped = await users.drop(1);
  await users.getUser(1);
  console.log(JSON.stringify({ runs: app.get(Database).runs, dropped }));
  await app.close();
}
void main();
`;

/** As \`nest new\` writes it, with the cache as what is provided. */
const SETTINGS = {
  declaration: true,
  removeComments: true,
  emitDecoratorMetadata: true,
  experimentalDecorators: true,
  allowSyntheticDefaultImports: true,
  target: "ES2023",
  // With fields of the language a property would be set before the constructor's parameters are.
  useDefineForClassFields: false,
  sourceMap: true,
  outDir: "./dist",
  incremental: false,
  skipLibCheck: true,
  strictNullChecks: true,
  types: [],
};

/** @type {[string, object][]} */
const MODULES = [
  [
    "module nodenext",
    { module: "nodenext", moduleResolution: "nodenext", isolatedModules: true, esModuleInterop: true },
  ],
  ["module commonjs, resolution node10", { module: "commonjs", moduleResolution: "node10" }],
];

/** @type {import("../run.js").Case[]} */
export const nest = MODULES.map(([name, options]) => ({
  environment: "NestJS 11",
  what: `dependency injection, ${name}`,
  async run() {
    const folder = makeProject(`nest-${name.replace(/\W+/g, "-")}`, {
      "src/main.ts": MAIN,
      "tsconfig.json": { compilerOptions: { ...SETTINGS, ...options }, include: ["src"] },
    });
    await run("tsc", ["-p", "."], { cwd: folder });
    return runScript(join(folder, "dist/main.js"));
  },
}));
