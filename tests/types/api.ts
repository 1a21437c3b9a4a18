/** What must compile, and to which types exactly. Only checked, never run. */

import {
  type CacheBackend,
  type Cached,
  CacheRefError,
  ConfigError,
  cache,
  type Duration,
  EntityCache,
  type KVNamespace,
  MemoryBackend,
  RedisBackend,
  WorkersKVBackend,
} from "cacheref";
import { expectTypeOf } from "expect-type";

interface User {
  id: number;
  name: string;
}
declare function load(id: number, options?: { fresh: boolean }): Promise<User>;

// Arguments and awaited results.
const getUser = cache("user")(load);
expectTypeOf(getUser).not.toBeAny();
expectTypeOf(getUser).parameters.toEqualTypeOf<[id: number, options?: { fresh: boolean }]>();
expectTypeOf(getUser(1)).toEqualTypeOf<Promise<User>>();
expectTypeOf(getUser.original).toEqualTypeOf<typeof load>();
expectTypeOf(getUser.key(1)).toEqualTypeOf<string | undefined>();
expectTypeOf(getUser.peek(1, { fresh: true })).toEqualTypeOf<Promise<User | undefined>>();
expectTypeOf(getUser.refresh(1)).toEqualTypeOf<Promise<User>>();
expectTypeOf(getUser.invalidate(1)).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(getUser.invalidateAll()).toEqualTypeOf<Promise<number>>();
expectTypeOf(getUser.subscribe([1], ({ reason }) => void reason)).toEqualTypeOf<() => void>();
// @ts-expect-error the arguments of the call are an array of those of the function
getUser.subscribe(["1"], () => {});

// A wrapped function can stand where the function stood.
const sameType: typeof load = getUser;
const named: Cached<typeof load> = getUser;
void [sameType, named];

// A function that answers at once becomes one that answers with a promise.
const sum = cache()((a: number, b: number) => a + b);
expectTypeOf(sum(1, 2)).toEqualTypeOf<Promise<number>>();
const maybe = cache()((id: number): User | Promise<User> => ({ id, name: "" }));
expectTypeOf(maybe(1)).toEqualTypeOf<Promise<User>>();
const rest = cache()((first: string, ...more: number[]) => [first, ...more]);
expectTypeOf(rest("a", 1, 2)).toEqualTypeOf<Promise<(string | number)[]>>();

// What a wrapped function returns is a plain promise, whatever the function's was.
class QueryPromise<T> extends Promise<T> {
  explain(): string {
    return "";
  }
}
declare function query(sql: string): QueryPromise<User[]>;
expectTypeOf(cache()(query)("")).toEqualTypeOf<Promise<User[]>>();
declare function thenable(): PromiseLike<User>;
expectTypeOf(cache()(thenable)()).toEqualTypeOf<Promise<User>>();

// `any` stays where it was put, and goes nowhere else.
// biome-ignore lint/suspicious/noExplicitAny: it is what is tested
declare function untyped(id: number): any;
const typedArguments = cache()(untyped);
expectTypeOf(typedArguments).not.toBeAny();
expectTypeOf(typedArguments).parameter(0).toEqualTypeOf<number>();
// biome-ignore lint/suspicious/noExplicitAny: it is what is tested
expectTypeOf(typedArguments(1)).toEqualTypeOf<Promise<any>>();

// Generics.
async function first<T>(list: T[]): Promise<T> {
  return list[0] as T;
}
const cachedFirst = cache()(first);
expectTypeOf(cachedFirst(["a"])).toEqualTypeOf<Promise<string>>();
expectTypeOf(cachedFirst([1])).toEqualTypeOf<Promise<number>>();
// Generic, with a promise of its own kind, as Prisma's and Drizzle's: arguments and results stay as they are.
declare function rows<T>(list: T[]): QueryPromise<T[]>;
const cachedRows = cache()(rows);
expectTypeOf(cachedRows).not.toBeAny();
async function useRows() {
  expectTypeOf(await cachedRows(["a"])).toEqualTypeOf<string[]>();
  expectTypeOf(cachedRows.key([1])).toEqualTypeOf<string | undefined>();
}
void useRows;
interface FindArguments {
  where: { id: number };
  select?: { name?: boolean } | null;
}
// biome-ignore lint/suspicious/noExplicitAny: as Prisma generates it
type SelectSubset<T, U> = { [key in keyof T]: key extends keyof U ? T[key] : never } & (T extends { select: any }
  ? { include?: never }
  : unknown);
type Selected<T> = T extends { select: infer S }
  ? { [key in keyof S]: key extends keyof User ? User[key] : never }
  : User;
interface PrismaClient<T, Null = never> extends Promise<T> {
  readonly [Symbol.toStringTag]: "PrismaPromise";
  orders<O extends object>(args?: O): Promise<O | Null>;
}
declare const prisma: {
  user: {
    findUnique<T extends FindArguments>(args: SelectSubset<T, FindArguments>): PrismaClient<Selected<T> | null, null>;
    findMany<T extends Partial<FindArguments>>(args?: SelectSubset<T, FindArguments>): PrismaClient<User[]>;
  };
};
const findUnique = cache("user")(prisma.user.findUnique);
expectTypeOf(findUnique).not.toBeAny();
expectTypeOf(findUnique).not.toBeNever();
async function useFindUnique() {
  expectTypeOf(await findUnique({ where: { id: 1 } })).toEqualTypeOf<User | null>();
  const select = { where: { id: 1 }, select: { name: true } } as const;
  expectTypeOf(await findUnique(select)).toEqualTypeOf(await prisma.user.findUnique(select));
  expectTypeOf(await findUnique(select)).toEqualTypeOf<{ readonly name: string } | null>();
  expectTypeOf(await cache("user")(prisma.user.findMany)()).toEqualTypeOf<User[]>();
  await findUnique.invalidate({ where: { id: 1 } });
  await findUnique.invalidateAll();
}
void useFindUnique;

// Overloads, of asynchronous and of synchronous functions.
declare function find(id: number): Promise<User>;
declare function find(name: string, strict: boolean): Promise<User[]>;
const cachedFind = cache("user")(find);
expectTypeOf(cachedFind(1)).toEqualTypeOf<Promise<User>>();
expectTypeOf(cachedFind("a", true)).toEqualTypeOf<Promise<User[]>>();
void cachedFind.key(1);
void cachedFind.key("a", true);
declare function parse(text: string): string;
declare function parse(text: number, radix: number): number;
const cachedParse = cache()(parse);
expectTypeOf(cachedParse("a")).toEqualTypeOf<Promise<string>>();
expectTypeOf(cachedParse(1, 10)).toEqualTypeOf<Promise<number>>();

// `this`.
const api = {
  base: "",
  load: cache()(async function load(this: { base: string }, id: number) {
    return `${this.base}${id}`;
  }),
};
expectTypeOf(api.load(1)).toEqualTypeOf<Promise<string>>();
void api.load.key(1);
void api.load.key.call(api, 1);

// Stage-3 decorators.
class Api {
  #base = "/";
  @cache("user", { key: (id: number) => id })
  async getUser(id: number): Promise<User> {
    return { id, name: this.#base };
  }
  @cache.invalidates("user", { from: "args" })
  async removeUser(id: number) {
    return id > 0;
  }
}
expectTypeOf(new Api().getUser(1)).toEqualTypeOf<Promise<User>>();
const decorated = new Api().getUser as Cached<Api["getUser"]>;
expectTypeOf(decorated.peek(1)).toEqualTypeOf<Promise<User | undefined>>();
expectTypeOf(decorated.invalidate(1)).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(new Api().removeUser(1)).toEqualTypeOf<Promise<boolean>>();

// A registry of entity types.
interface Registry {
  user: number;
  order: string;
}
const typed = new EntityCache<Registry>({ prefix: "app:" });
const byId = typed("user", { idField: "user_id" })(load);
typed({ entityType: "order", ttl: "5m" })(load);
typed({ entities: { order: (order: { key: string }) => order.key, user: "$.customer.id" } })(load);
typed({ entities: "auto", typeField: "kind" })(load);
typed.invalidates("user", { from: (user: User) => user.id, created: true })(load);
typed.invalidates({ entities: { user: "id", order: ["a", "b"] } })(load);
expectTypeOf(typed.invalidateEntity("user", 1)).toEqualTypeOf<Promise<number>>();
typed.invalidateEntity("order", ["a", "b"]);
typed.invalidateEntity("order", "a", { soft: true });
typed.invalidateLists("order");
typed({ dependsOn: ["order"], list: false, pages: ["data", "edges[*].node"], requireIds: true })(load);
typed("user", { pages: false, list: true })(load);
expectTypeOf(typed.invalidateType("order", { soft: true })).toEqualTypeOf<Promise<number>>();
expectTypeOf(typed.invalidate({ user: 1, order: ["a", "b"] })).toEqualTypeOf<Promise<number>>();
expectTypeOf(typed.invalidate({}, { lists: ["order"], types: ["user"], soft: true })).toEqualTypeOf<Promise<number>>();
typed.invalidate({ user: 1 }, { detail: true }).then(({ targets: [first] }) => {
  expectTypeOf(first.count).toEqualTypeOf<number>();
  expectTypeOf(first.id).toEqualTypeOf<string | undefined>();
});
cache.invalidate({ anything: [1, "2", 3n, ["acme", 7]] });
cache.invalidateEntity("member", [["acme", 7]]);
cache({ entities: { member: (rows: { org: string; user: number }[]) => rows.map((row) => [row.org, row.user]) } });
typed.invalidateFunction(byId);
typed.invalidateFunction("another service's");
expectTypeOf(typed.invalidateKey(byId, 1)).toEqualTypeOf<Promise<boolean>>();
typed.invalidateKey("another service's", 1, { any: "thing" });
typed.invalidateKey(cachedFind, "a", true);
// Without a registry every name is a type, and every id an id.
cache.invalidateEntity("anything", 42n);

// Options.
new EntityCache({
  backend: new MemoryBackend({ maxEntries: 1000, maxBytes: 1e6, values: "shared" }),
  ttl: (user: User | null, [id]: [number]) => (user === null || id < 0 ? 0 : "90s"),
  nullTtl: Infinity,
  jitter: 0.1,
  earlyRefresh: "10s",
  serializer: JSON.stringify,
  deserializer: JSON.parse,
  logger: { debug: String, info: String, warn: String, error: String },
  breaker: { failures: 3 },
  waitUntil: (promise) => void promise.then(() => {}),
  clock: () => 0,
});
new EntityCache({ near: true });
new EntityCache({
  near: { values: "frozen", maxEntries: 10, maxBytes: 1e6, maxTtl: "1m", lease: "1s", coherence: "exact" },
});
new EntityCache({ near: { values: "shared", coherence: { maxStaleness: "1s" } } });
expectTypeOf(typed.stats().near?.hits).toEqualTypeOf<number | undefined>();
cache("user", {
  serializer: async (value) => new Uint8Array([value]),
  deserializer: async (bytes: Uint8Array) => bytes[0],
});
cache("user", { skip: (id: number) => id < 0, version: 2, keyFormat: "python", normalizeArgs: true, params: ["id"] });
cache("member", { idField: ["org_id", "user_id"] });
cache(undefined, { ttl: 60 });
const durations: Duration[] = [0, 1.5, Infinity, "500ms", "90s", "5m", "1.5h", "7d"];
void durations;

// Custom extraction by a subclass.
class Custom extends EntityCache {
  override extractEntityIds(result: { items: { product_id: number }[] }, idField?: string) {
    const ids = super.extractEntityIds(result, idField);
    for (const item of result.items) ids.add(`product:${item.product_id}`);
    return ids;
  }
}
expectTypeOf(new Custom()("order")(load)(1)).toEqualTypeOf<Promise<User>>();

// Events and insight.
cache.on("hit", (event) => expectTypeOf(event.key).toEqualTypeOf<string>()).off("hit", () => {});
expectTypeOf(cache.stats().hitRatio).toEqualTypeOf<number>();
cache.explain("user", 42).then((held) => expectTypeOf(held[0].function).toEqualTypeOf<string>());

// Backends: ours, one's own, and clients as they are.
const own: CacheBackend = {
  get: (key) => key,
  set: () => {},
  setex: async () => "OK",
  delete: () => 1,
  keys: () => [],
  sadd: () => {},
  smembers: async () => new Set<string>(),
  expire: () => true,
};
new EntityCache({ backend: own });
declare const namespace: KVNamespace;
new EntityCache({ backend: namespace });
new EntityCache({ backend: new WorkersKVBackend(namespace) });
declare const client: {
  get(key: string): Promise<string>;
  set(key: string): void;
  expire(key: string, s: number): void;
};
new EntityCache({ backend: new RedisBackend(client) });

// Errors.
const error: unknown = new ConfigError("ERR_CACHEREF_OPTION", "", { cause: 1 });
if (error instanceof CacheRefError) expectTypeOf(error.code).toEqualTypeOf<string>();

// Batches: ids are the argument, rows the result, null where there is none.
declare function loadUsers(ids: number[]): Promise<User[]>;
const getUsers = cache.many("user")(loadUsers);
expectTypeOf(getUsers).not.toBeAny();
expectTypeOf(getUsers([1, 2])).toEqualTypeOf<Promise<(User | null)[]>>();
expectTypeOf(getUsers.one(1)).toEqualTypeOf<Promise<User | null>>();
expectTypeOf(getUsers.one.peek(1)).toEqualTypeOf<Promise<User | null | undefined>>();
const getOrders = new EntityCache<{ order: string }>().many("order", { batchSize: 100, ttl: "5m" })(
  async (ids) => new Map(ids.map((id) => [id, id === "" ? new Error("no") : { id }])),
);
expectTypeOf(getOrders(["a"])).toEqualTypeOf<Promise<({ id: string } | null)[]>>();
cache.invalidateFunction(getUsers);
