import type { Hono } from "hono";
import { poolFor } from "../../core/pool/match.ts";
import type { Pool } from "../../core/pool/pool.ts";
import { json, notFound } from "../answers.ts";
import type { PoolView } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { addEmit } from "./emit-app.ts";
import { addHubLink } from "./hub-link.ts";
import { createManagement } from "./management.ts";
import type { App } from "./pool-app.ts";
import { createPoolApp } from "./pool-app.ts";

export type { App } from "./pool-app.ts";

/** What Mooring keeps for itself, whatever pool a host or path belongs to. */
const RESERVED = "/mooring/";

/** The Worker's routes: its own, and those of the pool that a request belongs to. */
export function createApp(env: Env, settings: Settings, views: readonly PoolView[]): App {
  const own = createOwnRoutes(env, settings);
  const pools = views.map(({ pool }) => pool);
  const apps = new Map<Pool, App>(
    views.map((view) => [view.pool, createPoolApp(env, settings, view)]),
  );
  const [only] = pools.length === 1 && pools[0]?.matches.length === 0 ? [...apps.values()] : [];
  return {
    fetch(request) {
      // Nearly every request is a poll of the one pool there is, which needs no look at its URL's parts.
      if (only && !request.url.includes(RESERVED)) return only.fetch(request);
      const { host, pathname } = new URL(request.url);
      if (pathname.startsWith(RESERVED)) return own.fetch(request);
      const pool = poolFor(pools, host, pathname);
      const app = pool && apps.get(pool);
      return app ? app.fetch(request) : notFound();
    },
  };
}

function createOwnRoutes(env: Env, settings: Settings): Hono {
  const app = createManagement(env, settings);
  addEmit(app, env, settings);
  app.get("/mooring/health", () => json(200, { status: "ok" }));
  addHubLink(app, env, settings);
  app.notFound(notFound);
  return app;
}
