import { setInterval } from "node:timers/promises";
import type { EchoSession } from "./session.ts";

/** Every session sends its next message when the last has come back. How many came back in `durationMs`. */
export async function echoInLoops(
  sessions: readonly EchoSession[],
  durationMs: number,
): Promise<number> {
  const until = performance.now() + durationMs;
  let echoed = 0;
  const loop = async (session: EchoSession): Promise<void> => {
    while (performance.now() < until) {
      await session.echo();
      echoed += 1;
    }
  };
  await Promise.all(sessions.map(loop));
  return echoed;
}

/**
 * Sends `rate` messages a second, spread over the sessions in turn, whether or not earlier ones have come back. How
 * long each took from when it was due, in ms: one that waits behind another on its session has waited, too.
 */
export async function echoAtRate(
  sessions: readonly EchoSession[],
  rate: number,
  durationMs: number,
): Promise<number[]> {
  const busy = sessions.map(() => Promise.resolve());
  const latencies: number[] = [];
  const startedAt = performance.now();
  let sent = 0;
  const send = (session: EchoSession, i: number, dueAt: number): void => {
    const before = busy[i] ?? Promise.resolve();
    busy[i] = before
      .then(() => session.echo())
      .then(() => void latencies.push(performance.now() - dueAt));
    // Who waits for all of them at the end is told.
    busy[i].catch(() => {});
  };
  for await (const _ of setInterval(1)) {
    const now = performance.now();
    for (; sent < ((now - startedAt) * rate) / 1000; sent += 1) {
      const i = sent % sessions.length;
      const session = sessions[i];
      if (session) send(session, i, now);
    }
    if (now - startedAt >= durationMs) break;
  }
  await Promise.all(busy);
  return latencies;
}
