import type { DurableObject, RpcTarget, WorkerEntrypoint } from "cloudflare:workers";

/**
 * What Mooring's Worker has to be bound to. Its settings are vars beside these, each text or a JSON value; those that
 * are no good are named in a 503 answer of code SETTINGS.
 */
export interface Env {
  /** The Durable Objects of class `SessionObject`, which is a `new_sqlite_classes` migration. */
  readonly SESSIONS: DurableObjectNamespace;
  /** The Durable Objects of class `PoolObject`, likewise. Without them every configured origin is taken to be up. */
  readonly POOL?: DurableObjectNamespace;
  /** The Durable Objects of class `HubObject`, likewise. Without them there is no hub, and nothing to emit by. */
  readonly HUB?: DurableObjectNamespace;
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

/** The Durable Object that carries events between origins. Export it from your Worker, and bind it as `HUB`. */
export declare class HubObject extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env);
}

/**
 * The entrypoint by which other Workers emit events to sockets of all origins: bind it as a service of entrypoint `IO`, with the
 * type `Service<typeof IO>`. Export it from your Worker.
 */
export declare class IO extends WorkerEntrypoint<Env> implements IoOperators {
  of(nsp: string): IoOperator;
  to(rooms: string | readonly string[]): IoOperator;
  in(rooms: string | readonly string[]): IoOperator;
  except(rooms: string | readonly string[]): IoOperator;
  compress(compress: boolean): IoOperator;
  get volatile(): IoOperator;
  key(key: string): IoOperator;
  emit(event: string, ...args: unknown[]): Promise<true>;
  serverSideEmit(event: string, ...args: unknown[]): Promise<true>;
  socketsJoin(rooms: string | readonly string[]): Promise<true>;
  socketsLeave(rooms: string | readonly string[]): Promise<true>;
  disconnectSockets(close?: boolean): Promise<true>;
}

/** To whom and how it is emitted; every operator gives a new one, and leaves the old as it was. */
export interface IoOperator extends RpcTarget, IoOperators {}

interface IoOperators {
  /** In this namespace; "/" without. */
  of(nsp: string): IoOperator;
  /** Adds rooms: sockets that are in any of them. */
  to(rooms: string | readonly string[]): IoOperator;
  /** The same as `to`. */
  in(rooms: string | readonly string[]): IoOperator;
  /** But for sockets in any of these rooms. */
  except(rooms: string | readonly string[]): IoOperator;
  compress(compress: boolean): IoOperator;
  /** Clients that are not ready to get it needn't. */
  get volatile(): IoOperator;
  /** What is emitted again under the same key is published once. */
  key(key: string): IoOperator;
  /** Resolves when the hub has published; rejects with a TypeError for what makes no sense. Binary values are Uint8Arrays. */
  emit(event: string, ...args: unknown[]): Promise<true>;
  /** Emits to all servers of the namespace. */
  serverSideEmit(event: string, ...args: unknown[]): Promise<true>;
  socketsJoin(rooms: string | readonly string[]): Promise<true>;
  socketsLeave(rooms: string | readonly string[]): Promise<true>;
  /** `close`: with their connections, and so in all namespaces. */
  disconnectSockets(close?: boolean): Promise<true>;
}

/** The front door. Export it as it is, or call its `fetch` from your own Worker's. */
declare const mooring: {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>;
};

export default mooring;
