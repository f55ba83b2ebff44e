import type { MiddlewareHandler } from "hono";
import { Hono } from "hono";
import { cors } from "hono/cors";
import type { CorsPolicy } from "../../core/entry/cors.ts";
import { allowedOrigin } from "../../core/entry/cors.ts";
import { json } from "../answers.ts";
import type { Pool } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { clientOf } from "./client.ts";
import { Engine } from "./engine.ts";
import { fetchFromPool } from "./origin-fetch.ts";
import { Preflights } from "./preflights.ts";

/** What socket.io's `serveClient` serves under its path. */
const CLIENT_BUNDLE = ":file{socket\\.io(\\.esm|\\.msgpack)?(\\.min)?\\.js(\\.map)?}";

/** The Worker's routes. */
export function createApp(env: Env, settings: Settings, pool: Pool): Hono {
  const app = new Hono();
  const engine = new Engine(env, settings, pool);
  const path = settings.enginePath;

  app.get("/mooring/health", () => json(200, { status: "ok" }));
  app.all("/mooring/*", () => json(404, { code: "NOT_FOUND", message: "Nothing here." }));

  if (settings.cors) {
    app.use(`${path}*`, answeringCors(settings.cors));
  } else {
    const preflights = new Preflights(pool);
    app.options(`${path}*`, (c) => preflights.answer(c.req.raw, clientOf(c.req.raw, settings)));
  }
  app.get(path + CLIENT_BUNDLE, (c) => {
    return fetchFromPool(c.req.raw, pool, clientOf(c.req.raw, settings));
  });
  app.all(`${path}*`, (c) => engine.answer(c.req.raw));
  app.notFound(() => json(404, { code: "NOT_FOUND", message: "Nothing is served here." }));
  return app;
}

// A 101 goes through untouched: CORS has no say over WebSockets, and only the object's own response carries one.
function answeringCors(policy: CorsPolicy): MiddlewareHandler {
  const handler = cors({
    origin: (origin) => allowedOrigin(policy, origin) ?? null,
    credentials: policy.credentials,
    allowMethods: ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"],
  });
  return async (c, next) => {
    return c.req.header("upgrade") === undefined ? handler(c, next) : next();
  };
}
