import type { Server } from "socket.io";
import type { ClosingSignal } from "./options.ts";

const announced = new WeakSet<Server>();

/** Has `announce` called before `server.close` does anything else, and the server closed upon these signals. */
export function announceClosing(
  server: Server,
  signals: readonly ClosingSignal[],
  announce: () => void,
): void {
  if (announced.has(server)) return;
  announced.add(server);
  const close = server.close.bind(server);
  const onSignal = (): void => void server.close();
  server.close = (done) => {
    for (const signal of signals) process.off(signal, onSignal);
    announce();
    return close(done);
  };
  for (const signal of signals) process.once(signal, onSignal);
}
