import { Hono } from "hono";
import { isSessionUrl } from "../../core/entry/engine-request.ts";
import { json } from "../answers.ts";
import type { Pool } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { clientOf } from "./client.ts";
import { answeringCors } from "./cors.ts";
import { Engine } from "./engine.ts";
import { fetchFromPool } from "./origin-fetch.ts";
import { Preflights } from "./preflights.ts";

/** What socket.io's `serveClient` serves under its path. */
const CLIENT_BUNDLE = ":file{socket\\.io(\\.esm|\\.msgpack)?(\\.min)?\\.js(\\.map)?}";

/** What the Worker does with a request. */
export interface App {
  fetch(request: Request): Response | Promise<Response>;
}

export function createApp(env: Env, settings: Settings, pool: Pool): App {
  const { cors, enginePath } = settings.pools[0];
  const engine = new Engine(env, settings, pool);
  const routes = createRoutes(settings, pool, engine);
  if (cors) return routes;
  // Polls and POSTs are nearly all there is, and the router is a tenth of what one costs; only an answer that the
  // edge's own CORS policy has to be put on goes through it.
  return {
    fetch(request) {
      const isPreflight = request.method === "OPTIONS";
      return !isPreflight && isSessionUrl(request.url, enginePath)
        ? engine.answer(request)
        : routes.fetch(request);
    },
  };
}

function createRoutes(settings: Settings, pool: Pool, engine: Engine): Hono {
  // As the URL parser has it, dot segments resolved: the raw text of /socket.io/../admin is under /socket.io/.
  const app = new Hono({ getPath: (request) => new URL(request.url).pathname });
  const { cors, enginePath } = settings.pools[0];
  const path = enginePath.replace(/\/$/, "");

  app.get("/mooring/health", () => json(200, { status: "ok" }));
  app.all("/mooring/*", notFound);
  // As in Engine.IO's server, the path ends in a slash unless the setting says otherwise (`addTrailingSlash`).
  if (enginePath !== path) app.all(path, notFound);
  if (cors) {
    app.use(`${path}/*`, answeringCors(cors));
  } else {
    const preflights = new Preflights(pool);
    app.options(`${path}/*`, (c) => preflights.answer(c.req.raw, clientOf(c.req.raw, settings)));
  }
  app.get(`${path}/${CLIENT_BUNDLE}`, (c) => {
    return fetchFromPool(c.req.raw, pool, clientOf(c.req.raw, settings));
  });
  app.all(`${path}/*`, (c) => engine.answer(c.req.raw));
  app.notFound(notFound);
  return app;
}

function notFound(): Response {
  return json(404, { code: "NOT_FOUND", message: "Nothing is served here." });
}
