// Code blocks of a Markdown file, as programs that a test can run.

/**
 * @typedef {object} Block
 * @property {string} language
 * @property {string} code
 * @property {number} line where the code begins
 * @property {string} heading the heading above it
 */

/**
 * The fenced blocks of a text.
 * @param {string} text
 * @returns {Block[]}
 */
export function readBlocks(text) {
  const blocks = [];
  let heading = "";
  /** @type {Block | undefined} */
  let block;
  for (const [index, line] of text.split("\n").entries()) {
    if (block !== undefined && line === "```") {
      blocks.push(block);
      block = undefined;
    } else if (block !== undefined) {
      block.code += `${line}\n`;
    } else if (line.startsWith("```")) {
      block = { language: line.slice(3), code: "", line: index + 2, heading };
    } else if (line.startsWith("#")) {
      heading = line.replace(/^#+ /, "");
    }
  }
  if (block !== undefined) throw new Error(`the block that begins in line ${block.line} has no end`);
  return blocks;
}

const LANGUAGES = ["js", "jsx", "ts", "tsx"];

/**
 * The files that a text shows: each block of code begins with a comment that names its file.
 * @param {string} text
 */
export function readFiles(text) {
  /** @type {Record<string, string>} */
  const files = {};
  for (const { language, code, line } of readBlocks(text)) {
    if (!LANGUAGES.includes(language)) continue;
    const [, name] = /^\/\/ (\S+\.\w+)\n/.exec(code) ?? [];
    if (name === undefined) throw new Error(`the block of line ${line} does not name its file`);
    if (name in files) throw new Error(`the block of line ${line} names a second ${name}`);
    files[name] = code;
  }
  return files;
}

/**
 * Turns each `expression; // → value` into an assertion. Lines stay where they are.
 * @param {string} code
 */
export function checkResults(code) {
  let count = 0;
  const lines = code.split("\n").map((line) => {
    const match = /^(\s*)(.*);\s*\/\/ → (.*)$/.exec(line);
    if (!match) return line;
    count += 1;
    const [, indent, statement, expected] = match;
    const declared = /^(?:const|let) (\w+) = /.exec(statement)?.[1];
    if (declared) return `${indent}${statement}; __equal(${declared}, (${expected}));`;
    const expression = /^console\.log\((.*)\)$/.exec(statement)?.[1] ?? statement;
    return `${indent}__equal(${expression}, (${expected}));`;
  });
  return { code: `${lines.join("\n")}\n`, count };
}
