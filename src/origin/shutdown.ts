import type { Server } from "socket.io";
import type { ClosingSignal } from "./options.ts";

const announced = new WeakSet<Server>();

/** An announced origin gets no new sessions for some seconds: one that takes longer to get empty says so again. */
const ANNOUNCE_AGAIN_MS = 2000;

/** How long sessions are waited for that are to leave at once: what is on its way to the server comes in that time. */
const HURRY_MS = 1000;

/** How a server goes down: by `server.close`, or by itself upon a signal. */
export interface Shutdown {
  readonly signals: readonly ClosingSignal[];
  /** How long its sessions are given to be moved elsewhere before the server is closed upon a signal, in ms. */
  readonly drainMs: number;
  /** Tells the edge, on every connection of its, and the pool. */
  announce(): void;
  /** Has the edge move now what it can. */
  hurry(): void;
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
  const isEmpty = await emptiedWithin(shutdown, shutdown.drainMs);
  clearInterval(again);
  if (isEmpty) return;
  shutdown.hurry();
  await emptiedWithin(shutdown, HURRY_MS);
}

async function emptiedWithin(shutdown: Shutdown, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isEmpty = await Promise.race([shutdown.emptied().then(() => true), tooLate]);
  clearTimeout(timer);
  return isEmpty;
}
