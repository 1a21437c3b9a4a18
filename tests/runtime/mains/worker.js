// A Cloudflare Worker.
import * as library from "cacheref";
import * as testing from "cacheref/testing";
import { runSuites } from "./suite.js";

export default {
  /** @param {Request} request */
  async fetch(request) {
    const only = new URL(request.url).searchParams.get("only") ?? undefined;
    return Response.json(await runSuites({ ...library, ...testing }, only));
  },
};
