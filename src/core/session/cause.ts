/**
 * Why a session ended. `reason` is Engine.IO's word where it has one; `code` and `text` close the client's
 * WebSocket (RFC 6455, 7.4), no code being what Engine.IO's own server does.
 */
export interface Cause {
  readonly reason: string;
  readonly code: number | undefined;
  readonly text: string;
}

/** RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;
const PROTOCOL_ERROR = 1002;
const POLICY_VIOLATION = 1008;
const MESSAGE_TOO_BIG = 1009;
const INTERNAL_ERROR = 1011;
/** RFC 6455's registry: the server, acting as a gateway, got an invalid answer from upstream. */
const BAD_GATEWAY = 1014;

/** Every way in which a session can end. */
export const Causes = {
  clientClosed: { reason: "transport close", code: undefined, text: "" },
  pingTimeout: { reason: "ping timeout", code: GOING_AWAY, text: "ping timeout" },
  parseError: { reason: "parse error", code: PROTOCOL_ERROR, text: "parse error" },
  pingFromClient: {
    reason: "transport error",
    code: PROTOCOL_ERROR,
    text: "invalid heartbeat direction",
  },
  pongWithoutPing: { reason: "transport error", code: PROTOCOL_ERROR, text: "pong without a ping" },
  overlappingPolls: { reason: "transport error", code: PROTOCOL_ERROR, text: "overlapping polls" },
  overlappingPosts: { reason: "transport error", code: PROTOCOL_ERROR, text: "overlapping posts" },
  invalidContent: { reason: "transport error", code: PROTOCOL_ERROR, text: "invalid content" },
  postBroken: { reason: "transport error", code: PROTOCOL_ERROR, text: "body ended early" },
  payloadTooLarge: {
    reason: "payload too large",
    code: MESSAGE_TOO_BIG,
    text: "payload too large",
  },
  clientTooSlow: { reason: "client too slow", code: POLICY_VIOLATION, text: "client too slow" },
  isolateFull: { reason: "isolate full", code: POLICY_VIOLATION, text: "isolate full" },
  failed: { reason: "session failed", code: INTERNAL_ERROR, text: "internal error" },
  originClosed: { reason: "origin closed", code: undefined, text: "" },
  originTooLarge: { reason: "origin closed", code: MESSAGE_TOO_BIG, text: "payload too large" },
  originLost: { reason: "origin lost", code: BAD_GATEWAY, text: "origin lost" },
  originPacketTooLarge: {
    reason: "origin lost",
    code: MESSAGE_TOO_BIG,
    text: "origin's packet larger than MAX_QUEUE_BYTES",
  },
  originSilent: { reason: "origin lost", code: BAD_GATEWAY, text: "origin silent" },
  heldTooMuch: {
    reason: "origin lost",
    code: POLICY_VIOLATION,
    text: "more held for an origin than MAX_HOLD_BYTES",
  },
  lostTooOften: { reason: "origin lost", code: BAD_GATEWAY, text: "origins lost too often" },
  pendingAcks: { reason: "origin lost", code: BAD_GATEWAY, text: "acks pending" },
  unrecovered: { reason: "origin lost", code: BAD_GATEWAY, text: "not recovered" },
  replayRefused: { reason: "origin lost", code: BAD_GATEWAY, text: "refused by the next origin" },
  replayUnanswered: {
    reason: "origin lost",
    code: BAD_GATEWAY,
    text: "unanswered by the next origin",
  },
  tooYoung: { reason: "origin too young", code: BAD_GATEWAY, text: "not recovered" },
  moved: { reason: "moved", code: BAD_GATEWAY, text: "moved" },
  superseded: { reason: "superseded", code: undefined, text: "" },
  drained: { reason: "drained", code: GOING_AWAY, text: "origin drained" },
  originRubbish: { reason: "origin lost", code: BAD_GATEWAY, text: "origin sent no packet" },
} as const satisfies Record<string, Cause>;

/**
 * Whether a session's end speaks against its origin. That an application sent more than a client may be sent does not:
 * clients can make it do that, and nobody's requests may eject an origin.
 */
export function isOriginFault(cause: Cause): boolean {
  const faults: readonly Cause[] = [Causes.originLost, Causes.originSilent, Causes.originRubbish];
  return faults.some(({ reason, text }) => reason === cause.reason && text === cause.text);
}

/**
 * How a stock origin's WebSocket ended: 1005 is its own close, 1009 a frame of ours over its limit, and anything
 * without a close frame (1006) the loss of it.
 */
export function causeOfOriginEnd(code: number): Cause {
  if (code === 1009) return Causes.originTooLarge;
  return code === 1006 ? Causes.originLost : Causes.originClosed;
}
