/** What must not compile. Only checked, never run. */

import { type CacheBackend, cache, EntityCache, MemoryBackend, RedisBackend, WorkersKVBackend } from "cacheref";

declare function load(id: number): Promise<{ id: number }>;
const getUser = cache("user")(load);

// @ts-expect-error: an argument of another type
getUser("1");
// @ts-expect-error: an argument missing
getUser();
// @ts-expect-error: an argument too many
getUser(1, 2);
// @ts-expect-error: the methods take the function's arguments
getUser.invalidate("1");
// @ts-expect-error: the original cannot be replaced
getUser.original = load;
// @ts-expect-error: a field that the result does not have
getUser(1).then((user) => user.nam);
// @ts-expect-error: no function
cache("user")(42);

class QueryPromise<T> extends Promise<T> {
  explain(): string {
    return "";
  }
}
declare function query(): QueryPromise<number>;
// @ts-expect-error: what comes from the cache is a plain promise
cache()(query)().explain();

class Api {
  // @ts-expect-error: a decorated method must return a promise itself
  @cache("user")
  getUser(id: number) {
    return { id };
  }
  // @ts-expect-error: only methods can be decorated
  @cache("user")
  field = 1;
}
void Api;

const typed = new EntityCache<{ user: number; order: string }>();
// @ts-expect-error: no such entity type
typed("usr");
// @ts-expect-error: no such entity type
typed({ entityType: "usr" });
// @ts-expect-error: no such entity type
typed({ entities: { usr: "id" } });
// @ts-expect-error: a rule that gives another type of id
typed({ entities: { order: () => 42 } });
// @ts-expect-error: no such entity type
typed.invalidates("usr");
// @ts-expect-error: neither a type nor entities
typed.invalidates({ from: "args" });
// @ts-expect-error: no such entity type
typed.invalidateEntity("usr", 1);
// @ts-expect-error: users have numbers
typed.invalidateEntity("user", "1");
// @ts-expect-error: orders have strings
typed.invalidateEntity("order", [1]);
// @ts-expect-error: no such entity type
typed.invalidateLists("usr");
// @ts-expect-error: no such entity type
typed.invalidateType("usr");
// @ts-expect-error: no such entity type
typed.invalidate({ usr: 1 });
// @ts-expect-error: users have numbers
typed.invalidate({ user: ["1"] });
// @ts-expect-error: no such entity type
typed.invalidate({ user: 1 }, { lists: ["usr"] });
// @ts-expect-error: no such entity type
typed({ dependsOn: ["usr"] });
// @ts-expect-error: types are a list
typed({ dependsOn: "order" });
// @ts-expect-error: pages have names, or there are none
typed("user", { pages: true });
// @ts-expect-error: an id must be a string, a number or a bigint
new EntityCache<{ user: boolean }>();

// @ts-expect-error: a number, not a function
cache.invalidateFunction(42);
// @ts-expect-error: a function that was not wrapped
cache.invalidateFunction(load);
// @ts-expect-error: the wrapped function takes a number
cache.invalidateKey(getUser, "1");
// @ts-expect-error: no such event
cache.on("hits", () => {});
// @ts-expect-error: the id is missing
cache.invalidateEntity("user");
// @ts-expect-error: true is no id
cache.invalidateEntity("user", true);

// @ts-expect-error: no such option
cache("user", { tll: 60 });
// @ts-expect-error: no such option
new EntityCache({ prefx: "app:" });
// @ts-expect-error: weeks are no unit
cache("user", { ttl: "2w" });
// @ts-expect-error: no such format
cache("user", { keyFormat: "short" });
// @ts-expect-error: a composite of nothing
cache("user", { idField: [] });
// @ts-expect-error: the entity type was given first
cache("user", { entityType: "user" });
// @ts-expect-error: options, and nothing after them
cache({ ttl: 1 }, { ttl: 2 });
// @ts-expect-error: no such choice
new MemoryBackend({ values: "deep" });
// @ts-expect-error: no such choice
new EntityCache({ near: { values: "deep" } });
// @ts-expect-error: no such choice
new EntityCache({ near: { coherence: "eventual" } });
// @ts-expect-error: no such option
new EntityCache({ near: { leese: "1s" } });
// @ts-expect-error: a URL is no client
new RedisBackend("redis://localhost");
// @ts-expect-error: a URL is no backend
new EntityCache({ backend: "redis://localhost" });
// @ts-expect-error: no namespace
new WorkersKVBackend({});
// @ts-expect-error: most methods are missing
const own: CacheBackend = { get: () => null };
void own;

declare function loadMany(ids: number[]): Promise<{ id: number }[]>;
const getMany = cache.many("user")(loadMany);
// @ts-expect-error: an id of another type
getMany(["1"]);
// @ts-expect-error: one id is not a list of ids
getMany(1);
// @ts-expect-error: the row of an id may be missing
getMany([1]).then((rows) => rows[0].id);
// @ts-expect-error: a loader takes ids
cache.many("user")((_names: { first: string }[]) => []);
// @ts-expect-error: rows are told apart by one field
cache.many("user", { idField: ["a", "b"] });
// @ts-expect-error: a type that the registry does not have
new EntityCache<{ order: string }>().many("user");
