/** `cache.sync`: what must compile, and what must not. Only checked, never run. */

import { type CachedSync, cache, type DeepReadonly, identity } from "cacheref";
import { expectTypeOf } from "expect-type";

interface User {
  id: number;
  name: string;
}
declare function load(id: number): Promise<User>;

// A synchronous function keeps its type.
const parse = cache.sync("user")(
  (text: string, options?: { strict: boolean }): User => ({ id: options ? 1 : 0, name: text }),
);
expectTypeOf(parse).not.toBeAny();
expectTypeOf(parse("")).toEqualTypeOf<User>();
expectTypeOf(parse.key("", { strict: true })).toEqualTypeOf<string | undefined>();
expectTypeOf(parse.peek("")).toEqualTypeOf<User | undefined>();
expectTypeOf(parse.refresh("")).toEqualTypeOf<User>();
expectTypeOf(parse.invalidate("")).toEqualTypeOf<boolean>();
expectTypeOf(parse.invalidateAll()).toEqualTypeOf<number>();
expectTypeOf(parse.values).toEqualTypeOf<"shared" | "frozen">();
expectTypeOf(parse.subscribe([""], ({ reason }) => void reason)).toEqualTypeOf<() => void>();
const first = cache.sync()(<T>(list: readonly T[]): T | undefined => list[0]);
expectTypeOf(first(["a"])).toEqualTypeOf<string | undefined>();
function shown(value: string): string;
function shown(value: number): number;
function shown(value: string | number) {
  return value;
}
expectTypeOf(cache.sync({ keyPrefix: "shown" })(shown)(1)).toEqualTypeOf<number>();
expectTypeOf(cache.sync()(shown)("")).toEqualTypeOf<string>();
// biome-ignore lint/suspicious/noExplicitAny: what it returns is not known
expectTypeOf(cache.sync()((value: any) => value)).returns.toBeAny();
const frozen = cache.sync("user")((id: number): DeepReadonly<User> => ({ id, name: "" }));
expectTypeOf(frozen(1)).toEqualTypeOf<DeepReadonly<User>>();
// @ts-expect-error it is read only
frozen(1).name = "";
// @ts-expect-error the arguments are those of the function
parse(1);
// @ts-expect-error a promise does not come at once
cache.sync()(load);
// @ts-expect-error nor may it come sometimes
cache.sync()((id: number) => (id > 0 ? load(id) : { id, name: "" }));
// @ts-expect-error there is no background
cache.sync("user", { staleWhileRevalidate: 1 });
cache.sync({ key: identity })((state: { users: User[] }) => state.users);
cache({ key: (state: object, id: number) => [identity(state), id] })(async (_state: object, id: number) => id);
cache.invalidateKey(parse, "");
cache.invalidateFunction(parse);
cache.dehydrate([[parse, ""]]);
class Names {
  @cache.sync("user")
  initial(name: string) {
    return name[0];
  }
}
expectTypeOf(new Names().initial("")).toEqualTypeOf<string>();
expectTypeOf(parse).toMatchTypeOf<CachedSync<(text: string) => User>>();
