import type { Effect, Event, Session } from "../../../src/core/session/session.ts";
import { Causes } from "../../../src/core/session/cause.ts";
import { nextDeadline, step } from "../../../src/core/session/step.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { joinPayload, splitPayload } from "../../../src/wire/payload.ts";

/** How a request is answered: a status and its body, or `undefined` while it is held. */
export type HttpAnswer = { readonly status: number; readonly body: string } | undefined;

/** A session as its client and its origin see it: by what is on the wire, and by the clock. */
export class WireSession {
  /** Frames that the client's WebSocket has got, and that its origin has got. */
  readonly frames: Packet[] = [];
  readonly toOrigin: Packet[] = [];
  /** Sockets that the session has closed, each with its close code. */
  readonly closedSockets: (readonly [socket: number, code: number | undefined])[] = [];
  #session: Session;
  #now = 0;
  #answers = new Map<number, HttpAnswer>();
  #lastId = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  get isClosed(): boolean {
    return this.#session.transport.phase === "closed";
  }

  /** Begins a GET, and says what number it goes by. */
  get(): number {
    const poll = this.#nextId();
    this.#handle({ type: "poll-opened", poll });
    this.pass(0);
    return poll;
  }

  /** How a GET or POST was answered. */
  answerTo(request: number): HttpAnswer {
    return this.#answers.get(request);
  }

  /** A GET, and its answer. */
  polled(): HttpAnswer {
    return this.answerTo(this.get());
  }

  /** Begins a POST whose body is still to come. */
  beginPost(): number {
    const post = this.#nextId();
    this.#handle({ type: "post-opened", post });
    return post;
  }

  /** A POST with its whole body, and its answer. */
  posted(body: string): HttpAnswer {
    const post = this.beginPost();
    const packets = splitPayload(body);
    if (packets) this.#handle({ type: "post-received", post, packets });
    else this.#handle({ type: "post-failed", post, cause: Causes.parseError });
    return this.answerTo(post);
  }

  /** A new WebSocket with the session's sid. */
  opened(): number {
    const socket = this.#nextId();
    this.#handle({ type: "socket-opened", socket });
    return socket;
  }

  frame(socket: number, packet: Packet): void {
    this.#handle({ type: "packet-received", socket, packet });
  }

  /** A frame of the origin's. */
  fromOrigin(packet: Packet): void {
    this.#handle({ type: "packet-sent-by-origin", packet });
  }

  pass(ms: number): void {
    const until = this.#now + ms;
    for (let at = this.#deadline(); at <= until; at = this.#deadline()) {
      this.#now = Math.max(this.#now, at);
      this.#handle({ type: "time-passed" });
    }
    this.#now = until;
  }

  #deadline(): number {
    return nextDeadline(this.#session) ?? Infinity;
  }

  #handle(event: Event): void {
    const { next, effects } = step(this.#session, event, this.#now);
    this.#session = next;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "answer-poll":
        this.#answers.set(effect.poll, { status: 200, body: joinPayload(effect.packets) });
        break;
      case "accept-post":
        this.#answers.set(effect.post, { status: 200, body: "ok" });
        break;
      case "refuse-poll":
        this.#answers.set(effect.poll, refusal(effect.refusal));
        break;
      case "refuse-post":
        this.#answers.set(effect.post, refusal(effect.refusal));
        break;
      case "send":
        this.frames.push(effect.packet);
        break;
      case "forward":
        this.toOrigin.push(effect.packet);
        break;
      case "close-socket":
        this.closedSockets.push([effect.socket, effect.cause?.code]);
        break;
      case "leave-origin":
      case "ask-origin":
      case "close-origin":
      case "dial":
      case "put-off":
      case "end":
        break;
    }
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

function refusal(of: {
  readonly code: number;
  readonly message: string;
  readonly status: number;
}): HttpAnswer {
  const { code, message, status } = of;
  return { status, body: JSON.stringify({ code, message }) };
}
