import type { Heartbeat, Limits } from "./session.ts";

export function startHeartbeat(limits: Limits, now: number): Heartbeat {
  return {
    nextPingAt: now + limits.pingInterval,
    pongDueAt: undefined,
    isExtended: false,
    strayPongs: 0,
  };
}

/** A timer's usual lateness, in ms: the client has the time that it was promised, not that and ours. */
const TIMER_SLACK_MS = 20;

/** After a ping: its pong is awaited, unless that of an earlier ping is. */
export function pinged(heartbeat: Heartbeat, limits: Limits, now: number): Heartbeat {
  if (heartbeat.pongDueAt !== undefined) return heartbeat;
  const lateMs = now - heartbeat.nextPingAt;
  const pingedAt = lateMs > 0 && lateMs <= TIMER_SLACK_MS ? heartbeat.nextPingAt : now;
  return { ...heartbeat, pongDueAt: pingedAt + limits.pingTimeout, isExtended: false };
}

/** Whether it is time for a ping that no pong is awaited for yet. */
export function isPingDue(heartbeat: Heartbeat, now: number): boolean {
  return heartbeat.pongDueAt === undefined && heartbeat.nextPingAt <= now;
}

/** Whether the client's time for its pong is over. */
export function isTimedOut(heartbeat: Heartbeat, now: number): boolean {
  return heartbeat.pongDueAt !== undefined && heartbeat.pongDueAt <= now;
}

/** After a pong that no ping had asked for. */
export function strayed(heartbeat: Heartbeat): Heartbeat {
  return { ...heartbeat, strayPongs: heartbeat.strayPongs + 1 };
}

/** After a pong: the next one is awaited where more pings are out, or the next ping is put a full interval away. */
export function ponged(
  heartbeat: Heartbeat,
  limits: Limits,
  pingsOut: number,
  now: number,
): Heartbeat {
  if (pingsOut > 0) {
    const pongDueAt = now + limits.pingTimeout;
    return { ...heartbeat, pongDueAt, isExtended: false, strayPongs: 0 };
  }
  return startHeartbeat(limits, now);
}

/** After any other packet: it shows life, once, while a pong is awaited. */
export function heard(heartbeat: Heartbeat, limits: Limits, now: number): Heartbeat {
  if (heartbeat.pongDueAt === undefined || heartbeat.isExtended) return heartbeat;
  return { ...heartbeat, pongDueAt: now + limits.pingTimeout, isExtended: true };
}

/** When the heartbeat has something to do. */
export function heartbeatAt(heartbeat: Heartbeat): number {
  return heartbeat.pongDueAt ?? heartbeat.nextPingAt;
}
