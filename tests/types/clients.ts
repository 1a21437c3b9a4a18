/** Real clients, and what else is handed in as it is, with their own types. Only checked, never run. */

import type { KVNamespace as RealKVNamespace } from "@cloudflare/workers-types";
import { Redis as Upstash } from "@upstash/redis";
import { EntityCache, RedisBackend, WorkersKVBackend } from "cacheref";
import { Redis as IORedis } from "ioredis";
import { Redis as Valkey } from "iovalkey";
import { createClient, createCluster } from "redis";

const clients = [
  new IORedis(),
  new IORedis.Cluster([]),
  new Valkey(),
  createClient(),
  createCluster({ rootNodes: [] }),
  new Upstash({ url: "", token: "" }),
];
for (const client of clients) new RedisBackend(client);

new EntityCache({ backend: new IORedis(), logger: console });
new EntityCache({ backend: createClient() });
new EntityCache({ backend: new Upstash({ url: "", token: "" }) });

declare const namespace: RealKVNamespace;
declare const context: { waitUntil(promise: Promise<unknown>): void };
new EntityCache({ backend: namespace, waitUntil: (promise) => context.waitUntil(promise) });
new WorkersKVBackend(namespace);
