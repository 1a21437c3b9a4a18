/** What the page asks of its server: three cached reads, and two writes that say what they have changed. */
import { EntityCache, MemoryBackend } from "cacheref/memory";

export const cache = new EntityCache({
  backend: new MemoryBackend({ values: "frozen", maxEntries: 500 }),
  prefix: "page:",
  ttl: "10m",
  broadcast: "cacheref-example",
});

/** @param {string} path @param {object} [body] of a write */
async function ask(path, body) {
  const response = await fetch(`/api/${path}`, body && { method: "PUT", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

export const listProjects = cache({
  entities: { project: "id", person: "$[*].members[*].id", task: "$[*].tasks[*].id" },
})(async function listProjects() {
  return ask("projects");
});

export const getProject = cache({
  entities: { project: "id", person: "$.members[*].id", task: "$.tasks[*].id" },
})(async function getProject(id) {
  return ask(`projects/${id}`);
});

export const getPerson = cache({ entities: { person: "id", project: "$.projects[*].id" } })(
  async function getPerson(id) {
    return ask(`people/${id}`);
  },
);

export const rename = cache.invalidates("person")(async function rename(id, name) {
  return ask(`people/${id}`, { name });
});

export const setDone = cache.invalidates("task")(async function setDone(id, isDone) {
  return ask(`tasks/${id}`, { isDone });
});
