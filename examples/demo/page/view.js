/** @import { SessionState } from "./facts.ts" */
import { formatMs } from "./latency.js";
import { nameTransport, shorten } from "./session.js";

const PHASES = {
  connecting: "Connecting",
  connected: "Connected",
  retrying: "Reconnecting",
  disconnected: "Disconnected",
};

/**
 * The element with this id, which the page's HTML has.
 *
 * @param {string} id
 */
export function need(id) {
  return needAs(id, HTMLElement);
}

/**
 * The same, of a narrower kind.
 *
 * @template {Element} E
 * @param {string} id
 * @param {new () => E} kind
 * @returns {E}
 */
export function needAs(id, kind) {
  const element = document.querySelector(`#${id}`);
  if (element instanceof kind) return element;
  throw new Error(`expected a ${kind.name} #${id} in the page, got ${element?.tagName ?? "none"}`);
}

/**
 * Brings what the page says of the session in line with the state.
 *
 * @param {SessionState} state
 */
export function render(state) {
  const { phase, transport, probing, view } = state;
  const badge = need("phase");
  badge.textContent = PHASES[phase];
  badge.dataset["phase"] = phase;
  document.title = view === undefined ? "Mooring demonstration" : `${view.name} · Mooring`;
  need("client-wire").textContent = nameWire(transport, probing);
  need("origin-wire").textContent = nameWire(view?.transport, false);
  need("told").textContent = tell(state);
  need("steps").replaceChildren(
    ...state.steps.map(({ what, afterMs }) => {
      const item = fill("li", "");
      item.append(fill("b", formatMs(afterMs)), what);
      return item;
    }),
  );
  showFacts(state);
  showControls(phase);
}

/** @param {string} fault that left the page without a client */
export function showNoStart(fault) {
  need("phase").textContent = "Not running";
  need("told").textContent = `Is the demonstration still running? ${fault}`;
  for (const control of document.querySelectorAll("button, input")) {
    control.setAttribute("disabled", "");
  }
}

/** @param {SessionState} state */
function tell({ phase, transport, view }) {
  if (phase === "disconnected") return "This tab has no session.";
  if (phase === "retrying") return "The session is gone. The client tries to come back.";
  if (transport === undefined || view === undefined) return "This tab is asking for a session.";
  const spoken = nameTransport(transport);
  return `This tab speaks ${spoken} with the edge, which keeps its session moored to ${view.name}.`;
}

/**
 * @param {string | undefined} transport
 * @param {boolean} probing
 */
function nameWire(transport, probing) {
  if (transport === undefined) return "";
  return probing ? `${nameTransport(transport)} → WebSocket` : nameTransport(transport);
}

/** @param {SessionState} state */
function showFacts({ transport, steps, sid, socketId, view }) {
  const upgraded = steps.find(({ what }) => what.startsWith("upgraded"));
  const how = upgraded === undefined ? "" : `, upgraded after ${formatMs(upgraded.afterMs)}`;
  need("client-facts").replaceChildren(
    ...fact("Moored to", view?.name),
    ...fact("Transport", transport === undefined ? undefined : `${nameTransport(transport)}${how}`),
    ...fact(
      "Engine.IO sid",
      sid === undefined ? undefined : `${shorten(sid)} (${sid.length} characters)`,
    ),
    ...fact("Socket id", socketId),
  );
  need("server-title").textContent = `As ${view?.name ?? "the server"} sees it`;
  need("server-facts").replaceChildren(
    ...fact("Process", view && String(view.pid)),
    ...fact("Transport", view && nameTransport(view.transport)),
    ...fact("Its engine id", view?.engineId),
    ...fact("Peer", view?.peer),
    ...fact("X-Forwarded-For", view && (view.forwardedFor ?? "not sent")),
    ...fact("X-Forwarded-Host", view && (view.forwardedHost ?? "not sent")),
    ...fact("X-Forwarded-Proto", view && (view.forwardedProto ?? "not sent")),
  );
}

/** @param {SessionState["phase"]} phase */
function showControls(phase) {
  const idle = phase === "disconnected";
  need("toggle").textContent = idle ? "Connect" : "Disconnect";
  needAs("renew", HTMLButtonElement).disabled = idle;
  for (const id of ["send", "echo"]) needAs(id, HTMLButtonElement).disabled = phase !== "connected";
}

/**
 * @param {string} name
 * @param {string | undefined} value
 */
function fact(name, value) {
  return [fill("dt", name), fill("dd", value ?? "–")];
}

/**
 * Only what is otherwise is written: a reader's selection outlives the rest.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * An element with that text in it.
 *
 * @param {string} tag
 * @param {string} text
 */
export function fill(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
