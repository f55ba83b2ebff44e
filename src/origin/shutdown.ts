import type { Server } from "socket.io";
import type { ClosingSignal } from "./options.ts";

const announced = new WeakSet<Server>();

/** An announced origin gets no new sessions for some seconds: one that takes longer to get empty says so again. */
const ANNOUNCE_AGAIN_MS = 2000;

/** How a server goes down: by `server.close`, or by itself upon a signal. */
export interface Shutdown {
  readonly signals: readonly ClosingSignal[];
  /** How long its sessions are given to be moved elsewhere before the server is closed upon a signal, in ms. */
  readonly drainMs: number;
  /** Tells the edge, on every connection of its, and the pool. */
  announce(): void;
  /** Waits until the edge has moved them all. */
  emptied(): Promise<void>;
}

/** Has the edge told before `server.close` does anything else, and the server emptied and closed upon signals. */
export function announceClosing(server: Server, shutdown: Shutdown): void {
  if (announced.has(server)) return;
  announced.add(server);
  const close = server.close.bind(server);
  const onSignal = (): void => void drain(shutdown).then(() => server.close());
  server.close = (done) => {
    for (const signal of shutdown.signals) process.off(signal, onSignal);
    shutdown.announce();
    return close(done);
  };
  for (const signal of shutdown.signals) process.once(signal, onSignal);
}

/** Waits until the edge has moved all sessions away, or the time for it is over. */
async function drain(shutdown: Shutdown): Promise<void> {
  shutdown.announce();
  const again = setInterval(() => shutdown.announce(), ANNOUNCE_AGAIN_MS);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, shutdown.drainMs);
  });
  await Promise.race([shutdown.emptied(), tooLate]);
  clearInterval(again);
  clearTimeout(timer);
}
