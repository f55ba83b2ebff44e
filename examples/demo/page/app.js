/** @import { Beat, ChatMessage, DemoConfig, Fact, Mode} from "./facts.ts" */
/** @import { Link } from "./link.js" */
import { fetchClient, fetchConfig, parseMode } from "./config.js";
import { hearBeat, outlive, startContinuity } from "./continuity.js";
import { order, watchFleet } from "./demonstration.js";
import { createLatency, formatMs } from "./latency.js";
import { createLink } from "./link.js";
import { addEvent, addMessage } from "./lists.js";
import { createOrigins } from "./origins.js";
import { describe, learn, startSession } from "./session.js";
import { createTrial } from "./trial.js";
import { need, needAs, render, showNoStart } from "./view.js";
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
  let continuity = startContinuity();
  /** @type {Link} */
  let link;

  /** @param {Mode} mode */
  const open = (mode) => {
    link = createLink(io, config.edge, mode, {
      tell(fact) {
        addEvent(log, describe(fact, state));
        state = learn(state, fact);
        continuity = outlive(continuity, fact);
        display.show(state, fact);
        display.figures(continuity);
        if (fact.type === "connected") display.latency.start(() => link.probe());
      },
      hear: (message) => hear(message, state.socketId),
      beat(beat) {
        continuity = hearBeat(continuity, beat);
        display.beat(beat);
        display.figures(continuity);
      },
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
  need("edge-address").textContent = new URL(config.edge).host;
  const trial = createTrial(order);
  const origins = createOrigins(config, trial.takeBack);
  const wires = createWires(needAs("wires", SVGSVGElement), need("picture"), {
    tab: need("tab-stop"),
    edge: need("edge-stop"),
    origins: origins.elements,
  });
  watchFleet((fleet) => {
    origins.show(fleet);
    trial.show(fleet);
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
      if (fact.type === "disconnected") latency.stop();
      wires.show(state.transport, state.view?.name);
      origins.moor(state.view?.name);
      trial.moor(state.view?.name);
      render(state);
    },
    /** @param {Beat} beat */
    beat(beat) {
      if (beat.type === "ticked") origins.hear(beat.tick);
    },
    figures: trial.figures,
  };
}

/**
 * @param {ChatMessage} message
 * @param {string | undefined} ownId
 */
function hear({ from, origin, text: said }, ownId) {
  const own = from === ownId;
  addMessage(messages, { who: own ? "you" : from.slice(0, 6), text: said, note: origin, own });
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
