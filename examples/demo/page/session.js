/** @import { Fact, Mode, SessionState } from "./facts.ts" */

const TRANSPORT_NAMES = new Map([
  ["polling", "polling"],
  ["websocket", "WebSocket"],
  ["webtransport", "WebTransport"],
]);

const MODE_NAMES = {
  automatic: "automatic: polling first, then an upgrade",
  polling: "polling only",
  websocket: "WebSocket only",
};

/**
 * What the page knows before anything has happened in this mode.
 *
 * @param {Mode} mode
 * @returns {SessionState}
 */
export function startSession(mode) {
  return {
    phase: "connecting",
    mode,
    transport: undefined,
    probing: false,
    sid: undefined,
    socketId: undefined,
    view: undefined,
    steps: [],
  };
}

/**
 * What the page knows once `fact` has happened.
 *
 * @param {SessionState} state
 * @param {Fact} fact
 * @returns {SessionState}
 */
export function learn(state, fact) {
  const next = { ...state, steps: withStep(state, fact) };
  switch (fact.type) {
    case "attempted":
      return startSession(fact.mode);
    case "opened":
      return { ...next, transport: fact.transport, sid: fact.sid };
    case "connected":
      return { ...next, phase: "connected", socketId: fact.socketId };
    case "viewed":
      return { ...next, view: fact.view };
    case "probed":
      return { ...next, probing: true };
    case "upgraded":
      return { ...next, probing: false, transport: fact.transport };
    case "upgrade-failed":
      return { ...next, probing: false };
    case "failed":
    case "disconnected":
      return { ...startSession(state.mode), phase: fact.retries ? "retrying" : "disconnected" };
  }
}

/**
 * The fact in words for the log.
 *
 * @param {Fact} fact
 * @param {SessionState} before it happened
 */
export function describe(fact, { view: before }) {
  switch (fact.type) {
    case "attempted":
      return `Connecting, ${MODE_NAMES[fact.mode]}`;
    case "opened":
      return `Engine.IO session ${shorten(fact.sid)} opened by ${nameTransport(fact.transport)}`;
    case "connected":
      return `Socket ${fact.socketId} connected`;
    case "viewed":
      return before === undefined
        ? `Moored to ${fact.view.name}`
        : `Moved from ${before.name} to ${fact.view.name}`;
    case "probed":
      return `The edge answered the probe on ${nameTransport(fact.transport)}`;
    case "upgraded":
      return `Upgraded to ${nameTransport(fact.transport)}`;
    case "upgrade-failed":
      return `The upgrade failed: ${fact.message}`;
    case "failed":
      return `Could not connect: ${fact.message}${fact.retries ? ". Trying again" : ""}`;
    case "disconnected":
      return `Disconnected: ${fact.reason}${fact.retries ? ". Coming back" : ""}`;
  }
}

/** @param {string} transport Engine.IO's name for it */
export function nameTransport(transport) {
  return TRANSPORT_NAMES.get(transport) ?? transport;
}

/** @param {string} id */
export function shorten(id) {
  return id.length > 14 ? `${id.slice(0, 6)}…${id.slice(-6)}` : id;
}

/**
 * @param {SessionState} state
 * @param {Fact} fact
 */
function withStep({ steps, view }, fact) {
  switch (fact.type) {
    case "opened":
      return [
        ...steps,
        { what: `opened by ${nameTransport(fact.transport)}`, afterMs: fact.afterMs },
      ];
    case "viewed":
      // Where it moves later is no part of how it came up.
      if (view !== undefined) return steps;
      return [...steps, { what: `moored to ${fact.view.name}`, afterMs: fact.afterMs }];
    case "probed":
      return [
        ...steps,
        { what: `${nameTransport(fact.transport)} probe answered`, afterMs: fact.afterMs },
      ];
    case "upgraded":
      return [
        ...steps,
        { what: `upgraded to ${nameTransport(fact.transport)}`, afterMs: fact.afterMs },
      ];
    case "attempted":
    case "connected":
    case "upgrade-failed":
    case "failed":
    case "disconnected":
      return steps;
  }
}
