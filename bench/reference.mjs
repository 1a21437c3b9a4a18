// The honest rival of the Rust core: a cache of plain JavaScript with all of it (stable keys, single flight, ttl, a
// bound, an entity index), written for speed. Tags are made by hand; values are shared.

/** The text of an argument with its keys sorted. */
function stable(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`;
  let text = "{";
  for (const key of Object.keys(value).sort()) text += `${text.length > 1 ? "," : ""}"${key}":${stable(value[key])}`;
  return `${text}}`;
}

export class Reference {
  #entries = new Map();
  #flights = new Map();
  /** From a tag to its entries; dead ones are dropped when half of a list is dead. */
  #index = new Map();
  #maxEntries;
  #ttlMs;
  #log = 0;

  constructor({ maxEntries, ttlMs }) {
    this.#maxEntries = maxEntries;
    this.#ttlMs = ttlMs;
  }

  wrap(name, fn, tagsOf) {
    return (arg) => {
      const key = typeof arg === "number" ? `${name}:${arg}` : `${name}:${stable(arg)}`;
      const entry = this.#entries.get(key);
      if (entry !== undefined && entry.expires > Date.now()) {
        // A Map keeps its order of insertion: the first is the least recently used.
        this.#entries.delete(key);
        this.#entries.set(key, entry);
        return entry.promise;
      }
      const flight = this.#flights.get(key);
      if (flight !== undefined && flight.log === this.#log) return flight.promise;
      return this.#run(key, fn, arg, tagsOf);
    };
  }

  #run(key, fn, arg, tagsOf) {
    const flight = { log: this.#log, promise: undefined };
    flight.promise = this.#fill(flight, key, fn, arg, tagsOf);
    this.#flights.set(key, flight);
    return flight.promise;
  }

  async #fill(flight, key, fn, arg, tagsOf) {
    try {
      const value = await fn(arg);
      if (flight.log === this.#log) this.#store(key, value, tagsOf(value));
      return value;
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
  }

  #store(key, value, tags) {
    const old = this.#entries.get(key);
    if (old !== undefined) this.#drop(old);
    else if (this.#entries.size >= this.#maxEntries) this.#drop(this.#entries.values().next().value);
    const entry = { key, promise: Promise.resolve(value), expires: Date.now() + this.#ttlMs, tags, isLive: true };
    this.#entries.set(key, entry);
    for (const tag of tags) {
      const list = this.#index.get(tag);
      if (list === undefined) this.#index.set(tag, { entries: [entry], dead: 0 });
      else list.entries.push(entry);
    }
  }

  #drop(entry) {
    entry.isLive = false;
    this.#entries.delete(entry.key);
    for (const tag of entry.tags) {
      const list = this.#index.get(tag);
      if (list === undefined) continue;
      list.dead += 1;
      if (list.dead === list.entries.length) this.#index.delete(tag);
      else if (list.dead > 32 && list.dead * 2 > list.entries.length) {
        list.entries = list.entries.filter((other) => other.isLive);
        list.dead = 0;
      }
    }
  }

  invalidate(tag) {
    this.#log += 1;
    const list = this.#index.get(tag);
    if (list === undefined) return 0;
    this.#index.delete(tag);
    let count = 0;
    for (const entry of list.entries) {
      if (!entry.isLive) continue;
      this.#drop(entry);
      count += 1;
    }
    return count;
  }
}
