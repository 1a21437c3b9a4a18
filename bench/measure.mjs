// One measurement, in a process of its own: node measure.mjs WORK CONTESTANT
import { works } from "./work.mjs";

const [work, name] = process.argv.slice(2);
const { make } = await import(`./contestants/${name}.mjs`);
const figure = await works[work].run(make({ maxEntries: 200_000 }));
console.log(JSON.stringify(figure));
process.exit(0);
