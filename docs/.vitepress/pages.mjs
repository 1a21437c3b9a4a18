// The sidebar: the pages that exist, in the order in which a reader meets them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const docs = fileURLToPath(new URL("..", import.meta.url));

const FRAMEWORKS = ["react", "nextjs", "nestjs", "workers-hono", "lambda", "graphql-yoga", "orms"].map(
  (name) => `with/${name}`,
);

/** @type {[title: string, pages: string[]][]} */
const GROUPS = [
  ["Start", ["index", "guide", "glossary"]],
  ["Use it with", [...FRAMEWORKS, ...pagesIn("with/").filter((page) => !FRAMEWORKS.includes(page))]],
  ["Look up", ["api", "entities", "backends", "near", "browser", "logging"]],
  ["In production", ["guarantee", "operations", "performance", "scale"]],
  ["From elsewhere", ["migrating", "compared"]],
  ["Inside", ["rules", "protocol", "layout", "exports"]],
];

/** Where a heading is too long for the sidebar. */
const SHORT = {
  index: "Overview",
  operations: "Operations",
  performance: "Performance",
  scale: "Scale",
  exports: "Which file each tool loads",
  glossary: "Glossary",
  layout: "Storage layout",
  migrating: "Migrating",
  "with/testing": "Vitest and Jest",
};

/** Pages that no group names follow the last group, so that a new page is never lost. */
export function sidebar() {
  const named = GROUPS.flatMap(([, pages]) => pages);
  const others = pagesIn("").filter((page) => !named.includes(page));
  return [...GROUPS, /** @type {const} */ (["More", others])]
    .map(([text, pages]) => ({
      text,
      items: pages.filter(exists).map((page) => ({ text: titleOf(page), link: `/${page}` })),
    }))
    .filter(({ items }) => items.length > 0);
}

/** @param {string} page its address, without an ending */
export const exists = (page) => existsSync(join(docs, `${page}.md`));

/** @param {string} folder */
function pagesIn(folder) {
  return readdirSync(docs + folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => folder + name.slice(0, -".md".length))
    .sort();
}

/** "How do I use cacheref with Next.js?" is "Next.js". @param {string} page */
function titleOf(page) {
  if (page in SHORT) return SHORT[/** @type {keyof SHORT} */ (page)];
  const [, heading] = /^# (.*)$/m.exec(readFileSync(`${docs}${page}.md`, "utf8")) ?? [];
  if (heading === undefined) throw new Error(`docs/${page}.md has no heading`);
  const [, subject] = /^How do I use cacheref (?:with|in) (.*)\?$/.exec(heading) ?? [];
  return subject ?? heading.replaceAll("`", "");
}
