/** The pages of docs/with: the cases run their code, so a page cannot say what does not work. */
import { readdirSync, readFileSync } from "node:fs";
import { readBlocks, readFiles } from "../helpers/markdown.js";

const folder = new URL("../../docs/with/", import.meta.url);

/** The pages that no case has asked for. */
export const unread = new Set(readdirSync(folder).map((file) => file.replace(/\.md$/, "")));

/** @param {string} page */
const textOf = (page) => readFileSync(new URL(`${page}.md`, folder), "utf8");

/** The files that a page shows. @param {string} page */
export function filesOf(page) {
  unread.delete(page);
  return readFiles(textOf(page));
}

/** The words of the command that a page gives for a program. @param {string} page @param {string} program */
export function commandOf(page, program) {
  const lines = readBlocks(textOf(page)).flatMap(({ language, code }) => (language === "bash" ? code.split("\n") : []));
  const line = lines.find((text) => text.startsWith(`npx ${program} `));
  if (line === undefined) throw new Error(`docs/with/${page}.md has no command for ${program}`);
  return line.split(" ").slice(2);
}
