import { isDeepStrictEqual } from "node:util";
import type { Effect, Event, Session, SocketId } from "../../../src/core/session/session.ts";
import { nextDeadline, step } from "../../../src/core/session/step.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { keptBytes, packetBytes } from "../../../src/wire/packet.ts";
import { frozen, waiting, written } from "./sessions.ts";

/**
 * Runs a session as its object does, with a clock that only tests move, and holds every step to what is true of any
 * session whatever happens to it. What breaks a rule is told in `faults`.
 */
export class Shell {
  readonly faults: string[] = [];
  /** What has gone to the origin. */
  readonly forwarded: Packet[] = [];
  readonly #listener: (effect: Effect) => void;
  readonly #openPolls = new Set<number>();
  readonly #openPosts = new Set<number>();
  readonly #openSockets = new Set<SocketId>();
  #session: Session;
  #now: number;
  #isOriginGone = false;
  #isEnded = false;
  #largestSent = 0;

  constructor(session: Session, now: number, listener: (effect: Effect) => void) {
    this.#session = session;
    this.#now = now;
    this.#listener = listener;
    if (session.transport.phase === "streaming") this.#openSockets.add(session.transport.socket);
  }

  get session(): Session {
    return this.#session;
  }

  get now(): number {
    return this.#now;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Requests that nobody has answered. */
  get unanswered(): { readonly polls: number[]; readonly posts: number[] } {
    return { polls: [...this.#openPolls], posts: [...this.#openPosts] };
  }

  handle(event: Event): void {
    if (event.type === "poll-opened") this.#openPolls.add(event.poll);
    if (event.type === "post-opened") this.#openPosts.add(event.post);
    if (event.type === "socket-opened") this.#openSockets.add(event.socket);
    if (event.type === "origin-ended") this.#isOriginGone = true;
    const before = frozen(this.#session);
    const waited = waiting(before.down);
    const twin = step(structuredClone(before), event, this.#now);
    const { next, effects } = step(before, event, this.#now);
    this.#rule(isSame(waited, waiting(before.down)), "the queue that it had has changed");
    this.#rule(
      isDeepStrictEqual([written(twin.next), twin.effects], [written(next), effects]),
      "a written-down session goes another way",
    );
    this.#session = next;
    for (const [i, effect] of effects.entries()) {
      this.#holdToRules(effect, event, i === effects.length - 1);
      this.#listener(effect);
    }
    if (event.type === "socket-closed") this.#openSockets.delete(event.socket);
    this.#holdStateToRules();
  }

  /** Moves the clock, and tells the time whenever the session wants to know it. */
  pass(ms: number, meanwhile: () => void = () => {}): void {
    const until = this.#now + ms;
    let idle = 0;
    for (let at = this.#deadline(); at !== undefined && at <= until; at = this.#deadline()) {
      idle = at > this.#now ? 0 : idle + 1;
      this.#rule(idle < 10, "the time that was told is wanted again and again");
      if (idle >= 10) break;
      this.#now = Math.max(this.#now, at);
      this.handle({ type: "time-passed" });
      meanwhile();
    }
    this.#now = until;
  }

  /** Moves the clock as a machine that slept: what was due is told late. */
  oversleep(ms: number): void {
    this.#now += ms;
    this.pass(0);
  }

  #deadline(): number | undefined {
    return nextDeadline(this.#session);
  }

  #rule(isKept: boolean, fault: string): void {
    if (!isKept) this.faults.push(`at ${this.#now}: ${fault}`);
  }

  #holdToRules(effect: Effect, event: Event, isLast: boolean): void {
    const { type } = effect;
    const isRefusal = type === "refuse-poll" || type === "refuse-post" || type === "close-socket";
    this.#rule(!this.#isEnded || (isRefusal && isOf(effect, event)), `${type} after the end`);
    switch (type) {
      case "answer-poll":
      case "refuse-poll":
        this.#rule(this.#openPolls.delete(effect.poll), `a second answer to poll ${effect.poll}`);
        break;
      case "accept-post":
        this.#rule(this.#openPosts.delete(effect.post), `accepts POST ${effect.post} once more`);
        break;
      case "refuse-post":
        // One that its session's end has answered, while its body was on the way, is refused again: nobody listens.
        this.#rule(
          this.#openPosts.delete(effect.post) || this.#isEnded,
          "refuses an answered POST",
        );
        break;
      case "send":
        this.#rule(this.#openSockets.has(effect.socket), `sends on a closed socket`);
        this.#largestSent = Math.max(this.#largestSent, packetBytes(effect.packet));
        break;
      case "close-socket":
        this.#rule(this.#openSockets.delete(effect.socket), "closes a socket once more");
        break;
      case "forward":
        this.#rule(!this.#isOriginGone, "forwards to an origin that is gone");
        this.forwarded.push(effect.packet);
        break;
      case "leave-origin":
        this.#rule(!this.#isOriginGone, "leaves an origin that is gone");
        this.#isOriginGone = true;
        break;
      case "ask-origin":
      case "close-origin":
      case "dial":
      case "put-off":
        this.#rule(false, `${type} in a session that no origin can take over`);
        break;
      case "end":
        this.#rule(isLast, "the end is not the last effect");
        this.#rule(this.#isOriginGone, "ends without leaving its origin");
        this.#isEnded = true;
        break;
    }
  }

  #holdStateToRules(): void {
    const { transport, down, limits } = this.#session;
    const sum = waiting(down).reduce((bytes, packet) => bytes + keptBytes(packet), 0);
    this.#rule(down.bytes === sum, `counts ${down.bytes} bytes where ${sum} wait`);
    this.#rule(down.bytes <= limits.queueBytes, `lets ${down.bytes} bytes wait`);
    this.#rule((transport.phase === "closed") === this.#isEnded, "closed, or ended, but not both");
    if (transport.phase === "streaming") {
      const unread = transport.credit.sentBytes - transport.credit.readBytes;
      this.#rule(unread <= limits.creditBytes + this.#largestSent, `leaves ${unread} bytes unread`);
    }
    this.#lookAhead();
  }

  // Nothing is due before the deadline, and something is at it. What is tried out here is thrown away, so that a newer
  // queue was made of the session's own before the next event makes one.
  #lookAhead(): void {
    const at = this.#deadline();
    this.#rule((at === undefined) === this.#isEnded, "no deadline, or one after the end");
    if (at === undefined || at <= this.#now) return;
    const early = step(this.#session, { type: "time-passed" }, at - 1);
    this.#rule(early.effects.length === 0, `${early.effects[0]?.type} before the deadline`);
    this.#rule(isDeepStrictEqual(early.next, this.#session), "a change before the deadline");
    const due = step(this.#session, { type: "time-passed" }, at);
    const isIdle = due.effects.length === 0 && isDeepStrictEqual(due.next, this.#session);
    this.#rule(!isIdle, "a deadline at which nothing is due");
  }
}

function isSame(before: readonly Packet[], after: readonly Packet[]): boolean {
  return before.length === after.length && before.every((packet, i) => packet === after[i]);
}

/** Whether an effect answers the very request or socket that an event brought. */
function isOf(effect: Effect, event: Event): boolean {
  if (effect.type === "refuse-poll") return "poll" in event && event.poll === effect.poll;
  if (effect.type === "refuse-post") return "post" in event && event.post === effect.post;
  if (effect.type === "close-socket") return "socket" in event && event.socket === effect.socket;
  return false;
}
