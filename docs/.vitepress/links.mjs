// Links on the site. The documents are written for the repository: their links are relative to their files.
import { existsSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}pkg-template/package.json`, "utf8"));

export const repository = manifest.repository.url.replace(/^git\+|\.git$/g, "");

/** The anchor that GitHub gives a heading. tests/docs/links.test.js checks links against the same. @param {string} heading */
export const slugify = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

/**
 * Makes links lead to pages of the site, and to the repository for what the site does not have.
 * @param {import("vitepress").MarkdownRenderer} markdown
 */
export function rewriteLinks(markdown) {
  markdown.core.ruler.push("repository-links", ({ tokens, env }) => {
    const page = env.relativePath;
    for (const token of tokens) {
      if (token.type === "html_block") token.content = ofTheme(token.content, page);
      for (const child of token.children ?? []) {
        if (child.type === "link_open") child.attrSet("href", onSite(child.attrGet("href"), page));
        if (child.type === "image") child.attrSet("src", onSite(child.attrGet("src"), page));
      }
    }
  });
}

/**
 * @param {string} link
 * @param {string} page the file of the page, relative to docs/
 */
function onSite(link, page) {
  if (/^(?:[a-z]+:|#|\/)/.test(link)) return link;
  const [path, anchor] = link.split("#");
  const folder = page === "index.md" ? "." : posix.dirname(`docs/${page}`);
  const file = posix.join(folder, decodeURI(path));
  // The check for dead links reports it, with its page.
  if (!existsSync(root + file)) return link;
  const suffix = anchor === undefined ? "" : `#${anchor}`;
  if (file === "README.md") return `/index.md${suffix}`;
  if (/^docs\/.*\.(?:md|svg|png)$/.test(file)) return relative(page, file.slice("docs/".length)) + suffix;
  return `${repository}/${statSync(root + file).isDirectory() ? "tree" : "blob"}/main/${file}${suffix}`;
}

/**
 * @param {string} page
 * @param {string} file
 */
function relative(page, file) {
  const path = posix.relative(posix.dirname(page), file);
  return path.startsWith(".") ? path : `./${path}`;
}

/**
 * The site has a switch between light and dark, which `prefers-color-scheme` does not follow: a picture of two sources
 * becomes two images, of which theme/style.css shows one.
 * @param {string} html
 * @param {string} page
 */
function ofTheme(html, page) {
  return html.replace(
    /<picture>\s*<source [^>]*srcset="([^"]+)"[^>]*>\s*<img ([^>]*)src="([^"]+)"([^>]*)>\s*<\/picture>/,
    (_, dark, before, light, after) =>
      [
        [dark, "dark-only"],
        [light, "light-only"],
      ]
        .map(([source, name]) => `<img class="${name}" ${before}src="${onSite(source, page)}"${after}>`)
        .join("\n"),
  );
}
