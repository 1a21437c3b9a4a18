// What the code blocks of the documents find when they run: a cache, a database, and the check behind `// →`.
import assert from "node:assert/strict";
import { EntityCache } from "cacheref";

const rows = new Map([
  [42, { id: 42, name: "Grace" }],
  [43, { id: 43, name: "Barbara" }],
]);

globalThis.cache = new EntityCache();
globalThis.db = {
  user: async (id) => ({ ...rows.get(id) }),
  users: async () => [...rows.values()],
  updateUser: async (id, data) => Object.assign(rows.get(id), data),
  createUser: async (data) => {
    const row = { id: Math.max(...rows.keys()) + 1, ...data };
    rows.set(row.id, row);
    return row;
  },
};
globalThis.__equal = (actual, expected) => assert.deepEqual(actual, expected);
