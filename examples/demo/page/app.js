/** @import { ChatMessage, DemoConfig, Fact, Mode } from "./facts.ts" */
/** @import { Link } from "./link.js" */
import { fetchClient, fetchConfig, parseMode } from "./config.js";
import { createLatency, formatMs } from "./latency.js";
import { createLink } from "./link.js";
import { addEvent, addMessage } from "./lists.js";
import { describe, learn, startSession } from "./session.js";
import { need, needAs, render, showNoStart, showOrigins } from "./view.js";
import { createWires } from "./wires.js";

const log = need("log");
const messages = need("messages");
const text = needAs("text", HTMLInputElement);

try {
  const config = await fetchConfig();
  const display = createDisplay(config);
  const { io } = await fetchClient(config.edge);
  run(config, display, io);
} catch (fault) {
  showNoStart(String(fault));
}

/**
 * @param {DemoConfig} config
 * @param {ReturnType<typeof createDisplay>} display
 * @param {typeof import("socket.io-client").io} io
 */
function run(config, display, io) {
  let state = startSession(readMode());
  /** @type {Link} */
  let link;

  /** @param {Mode} mode */
  const open = (mode) => {
    link = createLink(io, config.edge, mode, {
      tell(fact) {
        state = learn(state, fact);
        display.show(state, fact);
        if (fact.type === "connected") display.latency.start(() => link.probe());
      },
      hear: (message) => hear(message, state.socketId),
      pass: display.pass,
    });
    link.connect();
  };
  open(state.mode);
  listen({
    link: () => link,
    idle: () => state.phase === "disconnected",
    change(mode) {
      link.close();
      open(mode);
    },
  });
}

/** @param {DemoConfig} config */
function createDisplay(config) {
  const origins = showOrigins(config);
  const wires = createWires(needAs("wires", SVGSVGElement), need("picture"), {
    tab: need("tab-stop"),
    edge: need("edge-stop"),
    origins,
  });
  const latency = createLatency(need("latency"), needAs("spark", SVGSVGElement));
  return {
    latency,
    /** @type {import("./link.js").Listener["pass"]} */
    pass: (way, reachesOrigin) => wires.pass(way, reachesOrigin),
    /**
     * @param {ReturnType<typeof learn>} state
     * @param {Fact} fact the one that led to it
     */
    show(state, fact) {
      const words = describe(fact);
      if (words !== undefined) addEvent(log, words);
      if (fact.type === "disconnected") latency.stop();
      wires.show(state.transport, state.view?.name);
      render(state, origins);
    },
  };
}

/**
 * @param {ChatMessage} message
 * @param {string | undefined} ownId
 */
function hear({ from, text: said }, ownId) {
  const own = from === ownId;
  addMessage(messages, { who: own ? "you" : from.slice(0, 6), text: said, own });
}

/** @param {{ link: () => Link, idle: () => boolean, change: (mode: Mode) => void }} session */
function listen({ link, idle, change }) {
  const modes = need("modes");
  for (const radio of modes.querySelectorAll("input")) radio.checked = radio.value === readMode();
  keepMode(readMode());
  modes.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    const mode = parseMode(target.value);
    keepMode(mode);
    change(mode);
  });
  need("toggle").addEventListener("click", () => {
    if (idle()) link().connect();
    else link().close();
  });
  need("renew").addEventListener("click", () => {
    link().close();
    link().connect();
  });
  need("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const said = takeText();
    if (said !== "") link().say(said);
  });
  need("echo").addEventListener("click", () => void echo(link()));
}

/** @param {Link} link */
async function echo(link) {
  const said = takeText() || "Is anyone there?";
  const sentAt = performance.now();
  try {
    const came = await link.echo(said);
    const note = formatMs(performance.now() - sentAt);
    addMessage(messages, { who: "echo", text: came, note, own: false });
  } catch (fault) {
    addEvent(log, `No echo: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
}

function takeText() {
  const said = text.value.trim();
  text.value = "";
  text.focus();
  return said;
}

/** From the address, so that a second tab opens in the first one's mode. */
function readMode() {
  return parseMode(new URL(location.href).searchParams.get("transport"));
}

/** @param {Mode} mode */
function keepMode(mode) {
  const address = mode === "automatic" ? "./" : `./?transport=${mode}`;
  history.replaceState(null, "", address);
  needAs("second", HTMLAnchorElement).href = address;
}
