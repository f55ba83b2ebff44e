import type { DurableObject } from "cloudflare:workers";

/**
 * What Mooring's Worker has to be bound to. Its settings are vars beside these, each text or a JSON value; those that
 * are no good are named in a 503 answer of code SETTINGS.
 */
export interface Env {
  /** The Durable Objects of class `SessionObject`, which is a `new_sqlite_classes` migration. */
  readonly SESSIONS: DurableObjectNamespace;
  /** The Durable Objects of class `PoolObject`, likewise. Without them every configured origin is taken to be up. */
  readonly POOL?: DurableObjectNamespace;
  /** How many sessions one client address may begin. */
  readonly HANDSHAKE_LIMIT?: RateLimit;
}

/** The Durable Object that owns sessions. Export it from your Worker, and bind it as `SESSIONS`. */
export declare class SessionObject extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env);
}

/** The Durable Object that keeps a pool of origins. Export it from your Worker, and bind it as `POOL`. */
export declare class PoolObject extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env);
}

/** The front door. Export it as it is, or call its `fetch` from your own Worker's. */
declare const mooring: {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>;
};

export default mooring;
