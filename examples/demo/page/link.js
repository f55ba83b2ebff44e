/** @import { Beat, ChatMessage, ClientEvents, Fact, Mode, ServerEvents } from "./facts.ts" */
/** @import { Socket } from "socket.io-client" */

/**
 * @typedef {object} Listener
 * @property {(fact: Fact) => void} tell what happened to the client
 * @property {(way: "up" | "down", reachesOrigin: boolean) => void} pass a packet went by
 * @property {(message: ChatMessage) => void} hear somebody said something
 * @property {(beat: Beat) => void} beat a number came
 */

/** @typedef {ReturnType<typeof createLink>} Link */

/** How long the page waits for an ack before it says that none came. */
const ACK_MS = 5_000;

/** What each mode sets; automatic sets nothing, so that it is what every client does. */
const OPTIONS = {
  automatic: {},
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
};

/**
 * A Socket.IO client of its own for one mode, not yet connected.
 *
 * @param {typeof import("socket.io-client").io} io
 * @param {string} edge
 * @param {Mode} mode
 * @param {Listener} listener
 */
export function createLink(io, edge, mode, listener) {
  /** @type {Socket<ServerEvents, ClientEvents>} */
  const socket = io(edge, { ...OPTIONS[mode], forceNew: true, autoConnect: false });
  const clock = createClock();
  reportAttempts(socket, clock, mode, listener);
  reportSocket(socket, clock, listener);
  return {
    connect() {
      clock.restart();
      listener.tell({ type: "attempted", mode });
      socket.connect();
    },
    close() {
      // The client reports no end of what never began.
      const unfinished = !socket.connected && socket.active;
      socket.disconnect();
      if (unfinished) {
        const reason = "given up by this tab";
        listener.tell({ type: "disconnected", reason, isOwn: true, retries: false });
      }
    },
    ...createEmits(socket),
  };
}

/** @param {Socket<ServerEvents, ClientEvents>} socket */
function createEmits(socket) {
  return {
    /** @param {string} text */
    say(text) {
      socket.emit("chat", text);
    },
    /**
     * @param {string} text
     * @returns {Promise<string>} what came back; rejects when nothing did
     */
    echo(text) {
      return new Promise((resolve, reject) => {
        socket.timeout(ACK_MS).emit("echo", text, (fault, came) => {
          if (fault instanceof Error) reject(fault);
          else resolve(came);
        });
      });
    },
    /** @returns {Promise<boolean>} whether the server answered */
    probe() {
      return new Promise((resolve) => {
        socket.timeout(ACK_MS).emit("probe", (fault) => resolve(!(fault instanceof Error)));
      });
    },
  };
}

/** Milliseconds since the attempt began. */
function createClock() {
  let startedAt = performance.now();
  return {
    restart() {
      startedAt = performance.now();
    },
    read() {
      return performance.now() - startedAt;
    },
  };
}

/**
 * Every attempt has a new engine, which the manager shows once it is open.
 *
 * @param {Socket<ServerEvents, ClientEvents>} socket
 * @param {ReturnType<typeof createClock>} clock
 * @param {Mode} mode
 * @param {Listener} listener
 */
function reportAttempts(socket, clock, mode, listener) {
  const manager = socket.io;
  manager.on("reconnect_attempt", () => {
    clock.restart();
    listener.tell({ type: "attempted", mode });
  });
  manager.on("open", () => {
    const { engine } = manager;
    // An engine that is closed in its upgrade goes through with it first, which is no news any more.
    const isCurrent = () => socket.active && manager.engine === engine;
    reportEngine(engine, clock, {
      ...listener,
      tell: (fact) => isCurrent() && listener.tell(fact),
    });
  });
}

/**
 * @param {import("socket.io-client").Manager["engine"]} engine
 * @param {ReturnType<typeof createClock>} clock
 * @param {Listener} listener
 */
function reportEngine(engine, clock, { tell, pass }) {
  const { id: sid, transport } = engine;
  tell({ type: "opened", transport: transport.name, sid, afterMs: clock.read() });
  engine.on("upgrading", ({ name }) => {
    tell({ type: "probed", transport: name, afterMs: clock.read() });
  });
  engine.on("upgrade", ({ name }) => {
    tell({ type: "upgraded", transport: name, afterMs: clock.read() });
  });
  engine.on("upgradeError", ({ message }) => tell({ type: "upgrade-failed", message }));
  // The edge answers heartbeats and probes itself: only messages go on to the origin.
  engine.on("packet", ({ type }) => pass("down", type === "message"));
  engine.on("packetCreate", ({ type }) => pass("up", type === "message"));
}

/**
 * @param {Socket<ServerEvents, ClientEvents>} socket
 * @param {ReturnType<typeof createClock>} clock
 * @param {Listener} listener
 */
function reportSocket(socket, clock, { tell, hear, beat }) {
  socket.on("connect", () => {
    const { id: socketId = "", recovered } = socket;
    tell({ type: "connected", socketId, recovered, afterMs: clock.read() });
  });
  socket.on("view", (view) => tell({ type: "viewed", view, afterMs: clock.read() }));
  socket.on("tick", (tick) => beat({ type: "ticked", tick }));
  socket.on("count", (count) => beat({ type: "counted", count }));
  socket.on("chat", hear);
  socket.on("connect_error", (fault) => {
    tell({ type: "failed", message: describeFault(fault), retries: socket.active });
  });
  socket.on("disconnect", (reason) => {
    const isOwn = reason === "io client disconnect";
    tell({ type: "disconnected", reason, isOwn, retries: socket.active });
  });
}

/**
 * The client's message, and the HTTP status that it keeps in `description` where there was one.
 *
 * @param {Error & { description?: unknown }} fault
 */
function describeFault(fault) {
  return typeof fault.description === "number"
    ? `${fault.message} (status ${fault.description})`
    : fault.message;
}
