/** The page about GraphQL Yoga: its server, asked over HTTP. */
import { join } from "node:path";
import { filesOf } from "../page.js";
import { makeProject, runScript } from "../project.js";

const DATABASE = `export const asked = [];
const names = new Map([[1, "Ada"], [2, "Grace"]]);
export const db = {
  posts: async () => {
    asked.push("posts");
    return [{ id: 1, title: "A", authorId: 1 }, { id: 2, title: "B", authorId: 2 }, { id: 3, title: "C", authorId: 1 }];
  },
  users: async (ids) => {
    asked.push(ids);
    return ids.map((id) => ({ id, name: names.get(id) }));
  },
  renameUser: async (id, name) => {
    names.set(id, name);
    return { id, name };
  },
};
`;
const MAIN = `import { once } from "node:events";
import { asked } from "./db.js";
import { server } from "./server.js";
server.listen(0);
await once(server, "listening");
const ask = async (query) => {
  const response = await fetch(\`http://localhost:\${server.address().port}/graphql\`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return response.json();
};
const posts = async () => (await ask("{ posts { author { name } } }")).data.posts.map(({ author }) => author.name);
const seen = [await posts(), await posts()];
await ask('mutation { renameUser(id: "2", name: "Grace Hopper") { id } }');
seen.push(await posts());
console.log(JSON.stringify({ seen, asked }));
process.exit();
`;

/** @type {import("../run.js").Case} */
export const yoga = {
  environment: "GraphQL Yoga 5",
  what: "docs/with/graphql-yoga.md: queries with relations, and a mutation",
  async run() {
    const folder = makeProject("page-yoga", {
      "package.json": { private: true, type: "module" },
      ...filesOf("graphql-yoga"),
      "db.js": DATABASE,
      "main.js": MAIN,
    });
    return runScript(join(folder, "main.js"));
  },
  expected: {
    seen: [
      ["Ada", "Grace", "Ada"],
      ["Ada", "Grace", "Ada"],
      ["Ada", "Grace Hopper", "Ada"],
    ],
    asked: ["posts", [1, 2], [2]],
  },
};
