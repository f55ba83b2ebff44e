import type { MiddlewareHandler } from "hono";
import type { CorsPolicy } from "../../core/entry/cors.ts";
import { corsHeaders, preflightHeaders } from "../../core/entry/cors.ts";
import { isCorsHeader } from "../../core/entry/forward.ts";

/**
 * Answers CORS by the edge's own policy in place of the origins'. Not hono's middleware: it adds to what an origin
 * grants where it has to take its place, and gives everybody the field that allows credentials.
 */
export function answeringCors(policy: CorsPolicy): MiddlewareHandler {
  return async (c, next) => {
    // CORS has no say over WebSockets, and a 101 has to go through untouched: a copy carries no socket.
    if (c.req.header("upgrade") !== undefined) {
      await next();
      return undefined;
    }
    const granted = corsHeaders(policy, c.req.header("origin"));
    if (c.req.method === "OPTIONS") return preflight(granted, c.req.raw);
    await next();
    const answer = c.res;
    // Else hono puts the old answer's fields, the origin's grants among them, on the one that replaces it.
    c.res = undefined;
    c.res = replacingCors(answer, granted);
    return undefined;
  };
}

function preflight(granted: [string, string][], request: Request): Response {
  const asked = request.headers.get("access-control-request-headers") ?? undefined;
  const headers = granted.length === 0 ? [] : [...granted, ...preflightHeaders(asked)];
  const vary = "Origin, Access-Control-Request-Headers";
  return new Response(null, { status: 204, headers: [...headers, ["vary", vary]] });
}

function replacingCors(answer: Response, granted: [string, string][]): Response {
  const response = new Response(answer.body, answer);
  for (const [name] of answer.headers) {
    if (isCorsHeader(name)) response.headers.delete(name);
  }
  for (const [name, value] of granted) response.headers.set(name, value);
  const vary = response.headers.get("vary") ?? "";
  if (!/\borigin\b/i.test(vary)) response.headers.append("vary", "Origin");
  return response;
}
