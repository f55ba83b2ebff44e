import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import type { Pool } from "../../src/core/pool/pool.ts";
import type { HealthState } from "../../src/core/pool/snapshot.ts";
import { createApp } from "../../src/edge/entry/app.ts";
import type { Env, Settings } from "../../src/edge/env.ts";
import { parseSettings } from "../../src/edge/env.ts";
import { CachedPoolView } from "../../src/edge/pool/pool-view.ts";
import { origin } from "../core/pool/pool-builders.ts";
import { edge } from "./sessions.ts";

/** An entry isolate: its own views of the pools, and objects with the Worker's settings. */
export function isolate(
  pools: readonly Pool[] = parseSettings(env).pools,
  keepers?: Env["POOL"],
  change: Partial<Settings> = {},
) {
  const views = pools.map((pool) => new CachedPoolView(pool, keepers, ""));
  const app = createApp(env, { ...parseSettings(env), ...change }, views);
  return { app, front: edge({ fetch: (request) => app.fetch(request) }) };
}

/** The pool object that the Worker has, begun anew. */
export async function newPool() {
  const { POOL } = env;
  if (POOL === undefined) throw new Error("Expected a binding POOL, got none.");
  await abortAllDurableObjects();
  const stub = POOL.get(POOL.idFromName("default"));
  const healths = async (): Promise<Readonly<Record<string, HealthState>>> => {
    const { origins } = await stub.look("default");
    return Object.fromEntries(origins.map(({ name, health }) => [name, health]));
  };
  const sessions = async (): Promise<Readonly<Record<string, number>>> => {
    const { origins } = await stub.look("default");
    return Object.fromEntries(origins.map((one) => [one.name, one.sessions]));
  };
  return { POOL, stub, healths, sessions };
}

/** The Worker's pool with `a` alone, as operators can have it. */
export async function newFull(maximum: number) {
  const pool = await newPool();
  const a = origin("a", { maxConnections: maximum });
  await pool.stub.order("default", { type: "add", origin: a });
  for (const name of ["one", "two"]) {
    await pool.stub.order("default", { type: "maint", origin: name });
  }
  onTestFinished(async () => {
    // Of its own, since a test may have reset the object.
    const stub = pool.POOL.get(pool.POOL.idFromName("default"));
    for (const name of ["one", "two"]) await stub.order("default", { type: "ready", origin: name });
    await stub.order("default", { type: "remove", origin: "a" });
  });
  return pool;
}
