import * as v from "valibot";

/** How an origin of the continuity benchmark is started. */
export const ORIGIN_SETUP = v.object({
  name: v.string(),
  /** A server with none is a stock one. */
  adapter: v.picklist(["mooring", "streams", "none"]),
  /** Of the hub's edge, or of Redis; empty where there is no adapter. */
  brokerUrl: v.string(),
  token: v.string(),
  port: v.number(),
  /** The file to which every origin appends what it has taken of its clients. */
  log: v.string(),
});
export type OriginSetup = v.InferOutput<typeof ORIGIN_SETUP>;

export type ContinuityOrder =
  /** Answered with how many servers it knows of, itself included. */
  | { readonly type: "count" }
  /** Broadcasts numbers from 1 on, until told to stop, which is answered with the last. */
  | { readonly type: "publish"; readonly rate: number }
  | { readonly type: "stop" };

export type ContinuityReport =
  | { readonly type: "ready" }
  | { readonly type: "counted"; readonly count: number }
  | { readonly type: "published"; readonly count: number };

/** Events: the numbered stream, a client's numbered events, and its numbered questions. */
export const STREAM = "stream";
export const UP = "up";
export const ECHO = "echo";
