import { Causes } from "../../../src/core/session/cause.ts";
import type { Effect, Event, Limits, Session } from "../../../src/core/session/session.ts";
import { step, streamingSession } from "../../../src/core/session/step.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { formatNote } from "../../../src/wire/recovery/note.ts";
import { LIMITS, SOCKET } from "./sessions.ts";

/** A session, and all that it has wanted done. */
export class MooredSession {
  session: Session;
  now = 1_000_000;
  readonly effects: Effect[] = [];

  constructor(limits: Partial<Limits> = {}) {
    this.session = streamingSession({ ...LIMITS, ...limits }, "a", SOCKET, this.now);
  }

  handle(event: Event): readonly Effect[] {
    const { next, effects } = step(this.session, event, this.now);
    this.session = next;
    this.effects.push(...effects);
    return effects;
  }

  /** The client sends this. */
  up(packet: Packet): readonly Effect[] {
    return this.handle({ type: "packet-received", socket: SOCKET, packet });
  }

  /** The origin sends this. */
  down(packet: Packet): readonly Effect[] {
    return this.handle({ type: "packet-sent-by-origin", packet });
  }

  /** The origin has mooring/origin, and has answered the client's CONNECT. */
  recoverable(): this {
    this.up("40");
    return this.answered();
  }

  /** The origin answers a CONNECT, as to whom it has restored. */
  answered(): this {
    this.down(formatNote({ type: "record", nsp: "/", record: "sealed" }));
    this.down('40{"sid":"s","pid":"p"}');
    return this;
  }

  /** The origin's process is gone. */
  lose(): readonly Effect[] {
    return this.handle({ type: "origin-ended", cause: Causes.originLost });
  }

  /** The session looks at the clock after this. */
  pass(ms: number): readonly Effect[] {
    this.now += ms;
    return this.handle({ type: "time-passed" });
  }

  /** The client comes to another namespace, and is taken. */
  joined(nsp: string): this {
    this.up(`40${nsp},`);
    this.down(formatNote({ type: "record", nsp, record: "sealed" }));
    this.down(`40${nsp},{"sid":"t","pid":"q"}`);
    return this;
  }

  dialled(origin: string): readonly Effect[] {
    const dial = "DDDDDDDDDDDDDDDD";
    return this.handle({ type: "dialled", origin, dial, maxPayload: 1e6, silenceMs: 45_000 });
  }

  /** Why it has ended; `undefined` as long as it has not. */
  get end(): string | undefined {
    const { transport } = this.session;
    return transport.phase === "closed" ? transport.cause.text : undefined;
  }

  get dials(): number {
    return this.effects.filter(({ type }) => type === "dial").length;
  }
}

/** What has gone up to origins of these effects. */
export function forwarded(effects: readonly Effect[]): unknown[] {
  return effects.flatMap((effect) => (effect.type === "forward" ? [effect.packet] : []));
}

/** What has gone down to the client of these effects. */
export function delivered(effects: readonly Effect[]): unknown[] {
  return effects.flatMap((effect) => (effect.type === "send" ? [effect.packet] : []));
}
