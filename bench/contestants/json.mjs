/** What a copy costs at least: a Map of JSON texts, and nothing else. */
export function make() {
  const texts = new Map();
  return {
    wrap: (fn) => async (arg) => {
      const text = texts.get(arg);
      if (text !== undefined) return JSON.parse(text);
      const value = await fn(arg);
      texts.set(arg, JSON.stringify(value));
      return value;
    },
  };
}
