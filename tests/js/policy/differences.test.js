// The tables of differences name cases and kinds of store that exist.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { DIFFERENCES, KNOWN_RED } from "./differences.js";
import { SUBJECTS } from "./subjects.js";

const here = new URL(".", import.meta.url);
const cases = readdirSync(here)
  .filter((file) => file.endsWith(".test.js"))
  .flatMap((file) => [...readFileSync(new URL(file, here), "utf8").matchAll(/^policy\("([^"]+)"/gm)])
  .map(([, name]) => name);

test("every difference is one of a case that exists, and has a reason", () => {
  for (const [name, bySubject] of Object.entries(DIFFERENCES)) {
    assert.ok(cases.includes(name), name);
    for (const [subject, { why }] of Object.entries(bySubject)) assert.ok(subject in SUBJECTS && why !== "", subject);
  }
});

test("every case that is known to be red exists, and says what is wrong", () => {
  for (const [name, { subjects, fault }] of Object.entries(KNOWN_RED)) {
    assert.ok(cases.includes(name) && fault !== "", name);
    for (const subject of subjects) assert.ok(subject in SUBJECTS, subject);
  }
});

test("no two cases have one name", () => {
  assert.equal(new Set(cases).size, cases.length);
});
