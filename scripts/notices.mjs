// @ts-check
/**
 * THIRD-PARTY.md of the published package: the crates that are compiled into the module, and the licence under which
 * each is used. Their licences ask for it.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stop } from "./process.mjs";

/** Of the licences that a crate offers, the first of these is taken, and the file that holds its text. */
const PREFERRED = [
  { id: "MIT", file: /^(licen[cs]e[-_.]?mit|licen[cs]e|copying)(\.(md|txt))?$/i },
  { id: "BSL-1.0", file: /boost|bsl/i },
  { id: "Apache-2.0", file: /^licen[cs]e[-_.]apache/i },
  { id: "Unicode-3.0", file: /unicode/i },
];

/**
 * The text of THIRD-PARTY.md.
 * @param {string} root the repository's folder
 * @param {string} target what the module is compiled for
 * @param {string[]} features of the crate
 */
export function notices(root, target, features) {
  const cargo = (/** @type {string[]} */ ...args) =>
    execFileSync("cargo", args, {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      stdio: ["ignore", "pipe", "inherit"],
    });
  const build = ["--no-default-features", "--features", features.join(",")];
  const tree = cargo(
    "tree",
    ...build,
    "--locked",
    "--target",
    target,
    "--edges",
    "normal,no-proc-macro",
    "--prefix",
    "none",
  );
  const compiled = new Set(Array.from(tree.matchAll(/^(\S+) v(\S+)/gm), ([, name, version]) => `${name} ${version}`));
  /** @type {{ packages: { name: string, version: string, license: string, manifest_path: string, source: string | null }[] }} */
  const { packages } = JSON.parse(
    cargo("metadata", ...build, "--locked", "--format-version", "1", "--filter-platform", target),
  );

  /** From a licence text to the crates under it. @type {Map<string, string[]>} */
  const crates = new Map();
  for (const { name, version, license, manifest_path, source } of packages) {
    if (source === null || !compiled.has(`${name} ${version}`)) continue;
    const text = licenceText(`${name} ${version}`, license, dirname(manifest_path));
    crates.set(text, [...(crates.get(text) ?? []), `${name} ${version}`]);
  }
  const parts = Array.from(crates, ([text, names]) => `## ${names.sort().join(", ")}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  return `# Third-party licences\n\nThese crates are compiled into \`js/core/cacheref.wasm\`.\n\n${parts.sort().join("\n")}`;
}

/**
 * @param {string} crate
 * @param {string} offered an SPDX expression
 * @param {string} folder
 */
function licenceText(crate, offered, folder) {
  const files = readdirSync(folder);
  const texts = offered.split(/\s+AND\s+/).map((part) => {
    const ids = part.replace(/[()]/g, "").split(/\s+OR\s+|\//);
    for (const { id, file } of PREFERRED) {
      const name = ids.includes(id) && files.find((candidate) => file.test(candidate));
      if (name) return readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n").trim();
    }
    return stop(`pack: no licence text found for ${crate} (${part}) in ${folder}`);
  });
  return texts.join("\n\n");
}
