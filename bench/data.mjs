// What the benchmarks cache: users, lists of users, and the arguments to ask for them.

/** @param {number} id */
export const user = (id) => ({ id, name: `User ${id}`, email: `user${id}@example.com`, isActive: id % 3 === 0 });

/** A list of 100 users of about 200 bytes each. @param {number} from */
export const list = (from) =>
  Array.from({ length: 100 }, (_, index) => ({
    ...user(from + index),
    address: { street: `${index} Long Street`, city: "Springfield", zip: "12345" },
    about: "x".repeat(60),
  }));

/** The same five fields, in another order each time. @param {number} id */
export function query(id) {
  const fields = [
    ["page", 1],
    ["size", 20],
    ["sort", "name"],
    ["status", "active"],
    ["userId", id],
  ];
  const start = id % fields.length;
  return Object.fromEntries([...fields.slice(start), ...fields.slice(0, start)]);
}

/** The tags that are made by hand for those who do not find entities by themselves. */
export const tagsOf = (result) =>
  Array.isArray(result) ? result.map(({ id }) => `user:${id}`) : [`user:${result.id}`];
