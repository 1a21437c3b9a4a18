/**
 * The part to read: ordinary functions over a database, wrapped once. None of them knows of the others, and the write
 * at the end does not know which of them are cached.
 */

/**
 * @param {import("cacheref").EntityCache} cache
 * @param {import("./database.js").Database} db
 */
export function makeAtlas(cache, db) {
  // A country's page shows its neighbours as well: every "code" in it, at any depth, is a country that it depends on.
  const country = cache({ entities: { country: "$..code" } })(async function country(code) {
    const [row] = await db.all("SELECT code, name, capital, area FROM country WHERE code = ?", code);
    if (row === undefined) return null;
    const languages = await db.all(
      "SELECT language.name FROM speaks JOIN language USING (tag) WHERE code = ? ORDER BY language.name",
      code,
    );
    const neighbours = await db.all(
      `SELECT other.code, other.name, other.capital FROM border JOIN country other ON other.code = border.neighbour
       WHERE border.code = ? ORDER BY other.name`,
      code,
    );
    return { ...row, languages: languages.map((language) => language.name), neighbours };
  });

  // Lists of countries: the "code" of each element.
  const countries = cache("country", { idField: "code" });

  const region = countries(async function region(name) {
    return db.all("SELECT code, name, capital FROM country WHERE region = ? ORDER BY name", name);
  });

  const search = countries(async function search(text) {
    return db.all(
      `SELECT DISTINCT code, country.name, capital FROM translation JOIN country USING (code)
       WHERE translation.name LIKE '%' || ?1 || '%' OR country.name LIKE '%' || ?1 || '%' ORDER BY country.name`,
      text,
    );
  });

  const speaking = countries(async function speaking(tag) {
    return db.all("SELECT code, name, capital FROM speaks JOIN country USING (code) WHERE tag = ? ORDER BY name", tag);
  });

  const largest = countries(async function largest(count) {
    return db.all("SELECT code, name, area FROM country ORDER BY area DESC LIMIT ?", count);
  });

  // A statistic: no country is in its rows, only regions.
  const regions = cache("region", { idField: "region" })(async function regions() {
    return db.all(
      `SELECT region, COUNT(DISTINCT code) AS countries, COUNT(DISTINCT tag) AS languages
       FROM country JOIN speaks USING (code) GROUP BY region ORDER BY countries DESC`,
    );
  });

  // The write: it names what it has changed, and nothing else.
  const moveCapital = cache.invalidates("country", { idField: "code" })(async function moveCapital(code, capital) {
    const [row] = await db.all(
      "UPDATE country SET capital = ?2 WHERE code = ?1 RETURNING code, name, capital",
      code,
      capital,
    );
    return row;
  });

  return { country, region, search, speaking, largest, regions, moveCapital };
}
