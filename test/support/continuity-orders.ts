import * as v from "valibot";

/** What a test tells a server process of `startContinuityOrigin` to do; plain data. */
export type ContinuityOrder =
  /** Serves, with the hub at that address, or without mooring/origin. */
  | { readonly do: "serve"; readonly hub: string | undefined }
  /** Answers how many servers it knows, itself included. */
  | { readonly do: "servers" }
  /** Answers who is there, by what its handlers of `connection` and `disconnect` have counted. */
  | { readonly do: "presence" }
  /** Answers its sockets. */
  | { readonly do: "look" }
  /**
   * Emits `stream` with label and n to all of `/`, n from 0 on, until `stop-stream`, which answers the last n. To each of
   * its own sockets it emits `stream` with `label-direct` and an n of that client's, and writes that down.
   */
  | { readonly do: "stream"; readonly label: string; readonly everyMs: number }
  | { readonly do: "stop-stream"; readonly label: string }
  | {
      readonly do: "emit";
      readonly nsp?: string;
      readonly to?: string;
      readonly flag?: "volatile" | "local";
      readonly args: readonly [string, ...unknown[]];
    }
  /** Asks each of its sockets `question` with that text, and writes down what each answers. */
  | { readonly do: "ask"; readonly text: string }
  /** Ends what it serves, or one socket, in the way in which an application would. */
  | { readonly do: "end"; readonly how: Ending; readonly id?: string }
  /** Says in its open packets that it takes so many bytes, whatever it does take. */
  | { readonly do: "advertise"; readonly maxPayload: number }
  /** From now on nobody gets past it; with `butFresh`, nobody whose token, of auth or query, isn't `fresh`. */
  | { readonly do: "refuse"; readonly how: Refusal; readonly butFresh?: boolean };

/** By a middleware of the namespace, by one of the engine (401), or by `allowRequest` (403). */
export type Refusal = "connect" | "handshake" | "request";

export type Ending =
  "io.close" | "engine.close" | "conn.close" | "disconnect" | "disconnect-connection";

/** A socket as its application finds it. */
export type ContinuitySocket = v.InferOutput<typeof SOCKET>;

const SOCKET = v.object({
  nsp: v.string(),
  id: v.string(),
  rooms: v.array(v.string()),
  data: v.looseObject({ name: v.string() }),
});

export const NAMES = v.array(v.string());

export const SOCKETS = v.array(SOCKET);

/** A line that a server process has written down: which one, what, and of whom. All write to one file, in order. */
export const LINE = v.tupleWithRest([v.string(), v.string()], v.unknown());

export type ContinuityLine = v.InferOutput<typeof LINE>;

/** How a server process is started. */
export type ContinuityOptions = v.InferOutput<typeof OPTIONS>;

export const OPTIONS = v.object({
  name: v.string(),
  token: v.string(),
  /** The file that it writes lines to. */
  log: v.string(),
  port: v.number(),
  server: v.record(v.string(), v.unknown()),
  /** How long it takes to answer an `echo`, in ms. */
  thinkMs: v.number(),
  closeOn: v.boolean(),
  /** How long the edge is given to take its sessions, upon a signal, in ms. */
  drainMs: v.optional(v.number()),
  /** How much of what was emitted it remembers. */
  pastBytes: v.optional(v.number()),
  /** The port of a Redis, whose streams adapter it uses. */
  redis: v.optional(v.number()),
  /** The port of a MongoDB, whose adapter it uses. */
  mongo: v.optional(v.number()),
});
