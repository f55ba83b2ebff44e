import type { CorsPolicy } from "../entry/cors.ts";
import type { MovePolicy } from "./moves.ts";
import type { PoolOrigin } from "./origin.ts";

/** Origins that serve the same application, with one policy. Spans in ms. */
export interface Pool {
  /** What operators and logs call it; `default` where there is one pool alone. */
  readonly name: string;
  /** Which requests are its own; none takes all that no other pool takes. */
  readonly matches: readonly Match[];
  readonly origins: readonly PoolOrigin[];
  readonly enginePath: string;
  readonly balance: Balance;
  readonly affinity: Affinity;
  readonly health: HealthCheck | undefined;
  readonly cors: CorsPolicy | undefined;
  /** How long an origin that has come up takes to get its full share. 0: at once. */
  readonly slowStartMs: number;
  /** How long a handshake waits for an origin below its `maxConnections`. */
  readonly queueTimeoutMs: number;
  /** Whether requests outside Engine.IO's path go to an origin. */
  readonly isProxying: boolean;
  /** `own`: the session object terminates a client's WebSocket; `pass`: it is spliced to its origin by the Worker. */
  readonly websocket: "own" | "pass";
  /** Sessions a second that an origin is given of those that have lost theirs, by all objects together. */
  readonly rehomeRate: number;
  readonly moves: MovePolicy;
}

/** A host, exact or with its first label as `*`, and a path prefix; absent parts match everything. */
export interface Match {
  readonly host: string | undefined;
  readonly path: string | undefined;
}

export type Balance = "least-connections" | "round-robin" | "random" | "hash";

/** What sends a client back to the origin that it had: chosen for a new session only. */
export type Affinity =
  | { readonly type: "none" }
  | { readonly type: "cookie"; readonly cookie: AffinityCookie }
  /** `isNetwork`: by /24 and /64 in place of the address. */
  | { readonly type: "ip"; readonly isNetwork: boolean }
  | { readonly type: "header"; readonly name: string }
  | { readonly type: "query"; readonly name: string };

/** RFC 6265bis attributes; `ttlS` in seconds, absent for a session cookie. */
export interface AffinityCookie {
  readonly name: string;
  readonly ttlS: number | undefined;
  readonly path: string;
  readonly domain: string | undefined;
  readonly sameSite: "Strict" | "Lax" | "None";
  readonly isSecure: boolean;
  readonly isHttpOnly: boolean;
  readonly isPartitioned: boolean;
}

/** Active checks; spans in ms. */
export interface HealthCheck {
  readonly method: "HEAD" | "GET" | "OPTIONS";
  readonly path: string;
  readonly status: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Successes in a row that bring an origin up, failures in a row that take it down. */
  readonly rise: number;
  readonly fall: number;
}
