/**
 * The countries of the world in SQLite: sql.js is SQLite compiled to WebAssembly, so no server is needed.
 * The data is the npm package world-countries. The database is opened by the first query.
 */
import { createRequire } from "node:module";
import initSqlJs from "sql.js";

const SCHEMA = `
  CREATE TABLE country (code TEXT PRIMARY KEY, name TEXT, capital TEXT, region TEXT, area REAL);
  CREATE TABLE language (tag TEXT PRIMARY KEY, name TEXT);
  CREATE TABLE speaks (code TEXT REFERENCES country, tag TEXT REFERENCES language, PRIMARY KEY (code, tag));
  CREATE TABLE border (code TEXT REFERENCES country, neighbour TEXT REFERENCES country, PRIMARY KEY (code, neighbour));
  CREATE TABLE translation (code TEXT REFERENCES country, tag TEXT, name TEXT, PRIMARY KEY (code, tag));
`;

export class Database {
  /** How many statements have been run, loading aside. */
  statements = 0;
  #opening;

  /** The rows of a query, as objects. */
  async all(sql, ...parameters) {
    const statement = (await this.#open()).prepare(sql);
    this.statements += 1;
    try {
      statement.bind(parameters);
      const rows = [];
      while (statement.step()) rows.push(statement.getAsObject());
      return rows;
    } finally {
      statement.free();
    }
  }

  get isOpen() {
    return this.#opening !== undefined;
  }

  #open() {
    this.#opening ??= load();
    return this.#opening;
  }
}

async function load() {
  const SQL = await initSqlJs();
  const db = new SQL.Database();
  const countries = createRequire(import.meta.url)("world-countries");
  db.exec(SCHEMA);
  db.exec("BEGIN");
  const insert = Object.fromEntries(
    Object.entries({ country: 5, language: 2, speaks: 2, border: 2, translation: 3 }).map(([table, columns]) => [
      table,
      db.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${Array(columns).fill("?")})`),
    ]),
  );
  for (const { cca3: code, name, capital, region, area, languages, borders, translations } of countries) {
    insert.country.run([code, name.common, capital[0] ?? null, region, area]);
    for (const [tag, language] of Object.entries(languages)) {
      insert.language.run([tag, language]);
      insert.speaks.run([code, tag]);
    }
    for (const neighbour of borders) insert.border.run([code, neighbour]);
    for (const [tag, translation] of Object.entries(translations))
      insert.translation.run([code, tag, translation.common]);
  }
  for (const statement of Object.values(insert)) statement.free();
  db.exec("COMMIT");
  return db;
}
