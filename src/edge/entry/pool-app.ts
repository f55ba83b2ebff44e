import { Hono } from "hono";
import { isSessionUrl } from "../../core/entry/engine-request.ts";
import { notFound } from "../answers.ts";
import type { PoolView } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { askerOf } from "./client.ts";
import { answeringCors } from "./cors.ts";
import { Engine } from "./engine.ts";
import { fetchFromPool } from "./origin-fetch.ts";
import { Preflights } from "./preflights.ts";
import { proxy } from "./proxy.ts";

/** What socket.io's `serveClient` serves under its path. */
const CLIENT_BUNDLE = ":file{socket\\.io(\\.esm|\\.msgpack)?(\\.min)?\\.js(\\.map)?}";

/** What is done with a request. */
export interface App {
  fetch(request: Request): Response | Promise<Response>;
}

/** The front door of one pool. */
export function createPoolApp(env: Env, settings: Settings, view: PoolView): App {
  const engine = new Engine(env, settings, view);
  const routes = createRoutes(settings, view, engine);
  const { cors, enginePath } = view.pool;
  if (cors) return routes;
  // Polls and POSTs are nearly all there is, and the router is a tenth of what one costs; only an answer that the
  // edge's own CORS policy has to be put on goes through it.
  return {
    fetch(request) {
      const isPreflight = request.method === "OPTIONS";
      return !isPreflight && isSessionUrl(request.url, enginePath)
        ? engine.answer(request, () => askerOf(request, settings))
        : routes.fetch(request);
    },
  };
}

function createRoutes(settings: Settings, view: PoolView, engine: Engine): Hono {
  // As the URL parser has it, dot segments resolved: the raw text of /socket.io/../admin is under /socket.io/.
  const app = new Hono({ getPath: (request) => new URL(request.url).pathname });
  const { cors, enginePath, isProxying } = view.pool;
  const path = enginePath.replace(/\/$/, "");
  const asker = (request: Request) => askerOf(request, settings);
  const rest = async (request: Request) => {
    if (!isProxying) return notFound();
    return proxy(request, await view.origins(asker(request)), asker(request).client);
  };

  // As in Engine.IO's server, the path ends in a slash unless the setting says otherwise (`addTrailingSlash`).
  if (enginePath !== path) app.all(path, (c) => rest(c.req.raw));
  if (cors) {
    app.use(`${path}/*`, answeringCors(cors));
  } else {
    const preflights = new Preflights(view);
    app.options(`${path}/*`, (c) => preflights.answer(asker(c.req.raw)));
  }
  app.get(`${path}/${CLIENT_BUNDLE}`, (c) => fetchFromPool(view, asker(c.req.raw)));
  app.all(`${path}/*`, (c) => engine.answer(c.req.raw, () => asker(c.req.raw)));
  app.notFound((c) => rest(c.req.raw));
  return app;
}
