/**
 * NestJS 11 with its dependency injection, compiled by the settings of `nest new`. Its own decorators are legacy ones. The
 * services are those of the page about NestJS.
 */
import { join } from "node:path";
import { filesOf } from "../page.js";
import { makeProject, run, runScript } from "../project.js";

const DATABASE = `import { Injectable } from "@nestjs/common";

export interface User { id: number; name: string }
export interface Order { id: number; user: User }

@Injectable()
export class Database {
  runs: string[] = [];
  private readonly ada: User = { id: 1, name: "Ada" };
  async user(id: number): Promise<User> { this.runs.push("user"); return { ...this.ada, id }; }
  async order(id: number): Promise<Order> { this.runs.push("order"); return { id, user: { ...this.ada } }; }
  async rename(_id: number, name: string): Promise<User> { this.ada.name = name; return { ...this.ada }; }
}
`;
const MAIN = `import "reflect-metadata";
import { Controller, Get, Module, Param, ParseIntPipe } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { cache as readyMade, EntityCache } from "cacheref";
import { cache } from "./cache";
import { CacheModule } from "./cache.module";
import { Database } from "./database";
import { OrdersService } from "./orders.service";
import { UsersService } from "./users.service";

@Controller("users")
class UsersController {
  constructor(private readonly users: UsersService) {}

  // What Nest's decorators say of a handler, and of its parameters, is still known when it is decorated.
  @Get(":id")
  @readyMade("user")
  async find(@Param("id", ParseIntPipe) id: number) {
    return this.users.get(id);
  }
}

@Module({ imports: [CacheModule], controllers: [UsersController], providers: [Database, UsersService, OrdersService] })
class AppModule {}

async function main() {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ["error"] });
  const [users, orders, controller] = [app.get(UsersService), app.get(OrdersService), app.get(UsersController)];
  const { runs } = app.get(Database);
  const look = async () => [(await users.get(1)).name, (await orders.get(7)).user.name];
  const seen = [await look(), await look()];
  const functions = (await cache.explain("user", 1)).map((held) => held.function).sort();
  await users.rename(1, "Ada Lovelace");
  seen.push(await look());
  await controller.find(1);
  const handler = Reflect.getMetadata("path", UsersController.prototype.find);
  const isInjected = app.get(EntityCache) === (cache as EntityCache<any>);
  console.log(JSON.stringify({ seen, runs, functions, handler, isInjected }));
  await app.close();
}
void main();
`;

/** As \`nest new\` writes them, strictly. */
const SETTINGS = {
  esModuleInterop: true,
  declaration: true,
  removeComments: true,
  emitDecoratorMetadata: true,
  experimentalDecorators: true,
  allowSyntheticDefaultImports: true,
  target: "ES2023",
  sourceMap: true,
  outDir: "./dist",
  incremental: false,
  skipLibCheck: true,
  strictNullChecks: true,
  noImplicitAny: true,
  strictBindCallApply: true,
  types: ["reflect-metadata"],
};

/** @type {[string, object][]} */
const MODULES = [
  [
    "module nodenext",
    { module: "nodenext", moduleResolution: "nodenext", resolvePackageJsonExports: true, isolatedModules: true },
  ],
  ["module commonjs, resolution node10", { module: "commonjs", moduleResolution: "node10" }],
];

/** @type {import("../run.js").Case[]} */
export const nest = MODULES.map(([name, options]) => ({
  environment: "NestJS 11",
  what: `docs/with/nestjs.md: decorators, injection, ${name}`,
  async run() {
    const folder = makeProject(`nest-${name.replace(/\W+/g, "-")}`, {
      ...filesOf("nestjs"),
      "src/database.ts": DATABASE,
      "src/main.ts": MAIN,
      "tsconfig.json": { compilerOptions: { ...SETTINGS, ...options }, include: ["src"] },
    });
    await run("tsc", ["-p", "."], { cwd: folder });
    return runScript(join(folder, "dist/main.js"));
  },
  expected: {
    seen: [
      ["Ada", "Ada"],
      ["Ada", "Ada"],
      ["Ada Lovelace", "Ada Lovelace"],
    ],
    runs: ["user", "order", "user", "order"],
    functions: ["OrdersService.get", "UsersService.get"],
    handler: ":id",
    isInjected: true,
  },
}));
