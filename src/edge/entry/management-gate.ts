import type { MiddlewareHandler } from "hono";
import { bearerToken } from "../../core/entry/bearer.ts";
import { json, notFound } from "../answers.ts";
import { log } from "../log.ts";

/** Lets those pass who bring this token. Without one there is nothing to be seen, by anybody. */
export function managementGate(token: string | undefined): MiddlewareHandler {
  let isSaid = false;
  return async (c, next) => {
    if (token === undefined) {
      // Once, since anybody may ask, and as often as they like.
      if (!isSaid) log("management-off", { why: "MOORING_TOKEN is not set." });
      isSaid = true;
      return notFound();
    }
    const given = bearerToken(c.req.header("authorization"));
    if (given === undefined) return unauthorized("Expected `Authorization: Bearer TOKEN`.");
    if (!(await isSame(given, token))) {
      return unauthorized("Expected the token that MOORING_TOKEN holds, got another.", true);
    }
    await next();
    return undefined;
  };
}

// By digests, which are of one length, so that the time it takes says nothing of the token, its length included.
async function isSame(given: string, token: string): Promise<boolean> {
  const [one, other] = await Promise.all([digest(given), digest(token)]);
  return crypto.subtle.timingSafeEqual(one, other);
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}

function unauthorized(message: string, isInvalid = false): Response {
  const challenge = `Bearer realm="mooring"${isInvalid ? ', error="invalid_token"' : ""}`;
  return json(401, { code: "UNAUTHORIZED", message }, [["www-authenticate", challenge]]);
}
