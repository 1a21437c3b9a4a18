/**
 * With pino, as one object a line: node pino.js
 *
 * The lines are texts. Who wants fields listens to the events, and leaves `debug` off: no text is made then that nobody
 * reads.
 */
import pino from "pino";
import { work } from "./work.js";

const logger = pino({ level: process.env.LOG_LEVEL ?? "debug", base: undefined });

await work({ logger }, (cache) => {
  for (const event of ["hit", "miss", "store", "invalidate"]) {
    cache.on(event, (fields) => logger.debug(fields, event));
  }
});
