// Decorators of methods with `experimentalDecorators`, as Nest, TypeORM and Angular have them.
import { type Cached, cache } from "cacheref";
import { expectTypeOf } from "expect-type";

interface User {
  id: number;
}

class Api {
  @cache("user", { key: (id: number) => id })
  async getUser(id: number): Promise<User> {
    return { id };
  }
  @cache("user")
  static async first(): Promise<User | null> {
    return null;
  }
  @cache.invalidates("user", { from: "args" })
  async removeUser(id: number) {
    return id > 0;
  }
}
class Names {
  @cache.sync("user")
  initial(name: string) {
    return name[0];
  }
  // @ts-expect-error a promise does not come at once
  @cache.sync()
  async later() {}
}
expectTypeOf(new Names().initial("")).toEqualTypeOf<string>();

expectTypeOf(new Api().getUser(1)).toEqualTypeOf<Promise<User>>();
expectTypeOf(Api.first()).toEqualTypeOf<Promise<User | null>>();
expectTypeOf(new Api().removeUser(1)).toEqualTypeOf<Promise<boolean>>();
const decorated = new Api().getUser as Cached<Api["getUser"]>;
expectTypeOf(decorated.peek(1)).toEqualTypeOf<Promise<User | undefined>>();

// A function is wrapped as ever.
expectTypeOf(cache("user")(async (id: number) => ({ id }))(1)).toEqualTypeOf<Promise<{ id: number }>>();

class Misuse {
  // @ts-expect-error: its type would change
  @cache("user")
  now(): number {
    return 1;
  }
  // @ts-expect-error: no method
  @cache("user")
  field = 1;
}
void Misuse;
