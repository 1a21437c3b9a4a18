/** On the console, every operation: node console.js */
import { work } from "./work.js";

await work({ debug: true, logger: console });
