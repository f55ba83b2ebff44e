import type { Cause } from "../../../src/core/session/cause.ts";
import type { Queue } from "../../../src/core/session/queue.ts";
import type {
  Credit,
  Effect,
  Event,
  Heartbeat,
  Limits,
  Mooring,
  Polling,
  Session,
} from "../../../src/core/session/session.ts";
import type { Spaces } from "../../../src/core/session/spaces.ts";
import { NO_SPACES } from "../../../src/core/session/spaces.ts";
import { step } from "../../../src/core/session/step.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { keptBytes } from "../../../src/wire/packet.ts";

/** What the sessions of these tests are held to, but for where a test says otherwise. */
export const LIMITS: Limits = {
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxPayload: 100_000,
  creditBytes: 1000,
  queueBytes: 10_000,
  holdBytes: 10_000,
  silenceMs: 45_000,
  lossGraceMs: 30_000,
  onUnrecovered: "close",
  onPendingAcks: "close",
};

/** What passes is not Socket.IO, and so nobody looks into it. */
const OPAQUE: Spaces = { ...NO_SPACES, isOpaque: true };

/** The origin that sessions of these tests begin at. */
export const ORIGIN = "a";

/** The socket that `streaming` sessions speak by. */
export const SOCKET = 7;

/** What a session of these tests may differ in from one that has just begun, at 0. */
interface Differences {
  readonly limits?: Partial<Limits>;
  readonly mooring?: Mooring;
  readonly heartbeat?: Partial<Heartbeat>;
  /** What waits for the client. */
  readonly down?: readonly Packet[];
  readonly spaces?: Spaces;
}

/** A session whose client polls. */
export function polling(differences: Differences & Partial<Omit<Polling, "phase">> = {}): Session {
  const { poll, post, probe } = differences;
  return session({ phase: "polling", poll, post, probe }, differences);
}

/** A session whose client has a WebSocket. */
export function streaming(
  differences: Differences & { readonly socket?: number; readonly credit?: Partial<Credit> } = {},
): Session {
  const fresh: Credit = { sentBytes: 0, readBytes: 0, pings: [], lastPingBytes: 0 };
  const { socket = SOCKET, credit } = differences;
  return session({ phase: "streaming", socket, credit: { ...fresh, ...credit } }, differences);
}

/** A session that has ended; what it was held to and knew besides stays as it was. */
export function closed(cause: Cause, differences: Differences = {}): Session {
  return session({ phase: "closed", cause }, differences);
}

/** A mooring whose origin has last been heard of at 0. */
export function moored(silenceMs = LIMITS.silenceMs, silentAt = silenceMs): Mooring {
  return {
    phase: "moored",
    origin: ORIGIN,
    silenceMs,
    silentAt,
    search: undefined,
    isClosing: false,
    quietUntil: undefined,
  };
}

/** A mooring whose origin has ended, and until when what it had sent is kept. */
export function ended(cause: Cause, dueAt = 30_000): Mooring {
  return { phase: "ended", cause, dueAt };
}

/** One step, with what waits written out: `next` is to be compared with what the builders build. */
export function stepped(
  before: Session,
  event: Event,
  now = 0,
): { next: Session; effects: readonly Effect[] } {
  const { next, effects } = step(frozen(before), event, now);
  return { next: written(next), effects };
}

/** Several steps at one instant: where they lead to, and all of their effects. */
export function steps(
  before: Session,
  events: readonly Event[],
  now = 0,
): { next: Session; effects: readonly Effect[] } {
  const all: Effect[] = [];
  let current = before;
  for (const event of events) {
    const { next, effects } = step(frozen(current), event, now);
    current = next;
    all.push(...effects);
  }
  return { next: written(current), effects: all };
}

/** The packets of a queue that wait. */
export function waiting(queue: Queue): Packet[] {
  return queue.packets.slice(queue.start, queue.end);
}

/** A session as `polling` and the others build it: of its queue, only what can be seen. */
export function written(of: Session): Session {
  return { ...of, down: queueOf(waiting(of.down)) };
}

/** A text message of so many bytes, all told. */
export function message(length: number): string {
  return `4${"x".repeat(length - 1)}`;
}

/** Makes a change of any of it throw; but for the packets, to which newer queues may append. */
export function frozen(of: Session): Session {
  freeze(of.limits, of.mooring, of.heartbeat, of.down, of.transport);
  if (of.transport.phase === "streaming") freeze(of.transport.credit, of.transport.credit.pings);
  if (of.transport.phase === "polling") freeze(of.transport.poll, of.transport.probe);
  return Object.freeze(of);
}

function freeze(...values: readonly unknown[]): void {
  for (const value of values) Object.freeze(value);
}

function session(transport: Session["transport"], differences: Differences): Session {
  const limits = { ...LIMITS, ...differences.limits };
  const { pingInterval, silenceMs } = limits;
  return {
    limits,
    transport,
    mooring: differences.mooring ?? moored(silenceMs),
    heartbeat: {
      nextPingAt: pingInterval,
      pongDueAt: undefined,
      isExtended: false,
      strayPongs: 0,
      ...differences.heartbeat,
    },
    down: queueOf(differences.down ?? []),
    spaces: differences.spaces ?? OPAQUE,
    moorings: { count: 0, lastAt: 0, losses: [] },
  };
}

function queueOf(packets: readonly Packet[]): Queue {
  const bytes = packets.reduce((sum, packet) => sum + keptBytes(packet), 0);
  return { packets: [...packets], start: 0, end: packets.length, bytes };
}
