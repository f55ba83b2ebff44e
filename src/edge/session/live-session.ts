import type { Answer } from "../../core/entry/answer.ts";
import type { Cause } from "../../core/session/cause.ts";
import { causeOfOriginEnd, Causes } from "../../core/session/cause.ts";
import type { Effect, Event, PostId, Session, SocketId } from "../../core/session/session.ts";
import { nextDeadline, step } from "../../core/session/step.ts";
import type { Packet } from "../../wire/packet.ts";
import { isPacket } from "../../wire/packet.ts";
import type { Link } from "../contracts.ts";
import type { NextTurn } from "./next-turn.ts";
import type { PollingAnswers } from "./polling-answers.ts";
import { readBody } from "./read-body.ts";

/** What a session needs of the object that owns it. */
export interface Owner {
  /** What waits for the client has grown or shrunk. */
  queued(changeBytes: number): void;
  ended(cause: Cause): void;
  readonly nextTurn: NextTurn;
}

/** The first socket of a session that began with one. */
export const FIRST_SOCKET: SocketId = 0;

/** One session in its object: turns what happens into events, and carries out what `step` decides. */
export class LiveSession {
  readonly #link: Link;
  readonly #owner: Owner;
  readonly #answers: PollingAnswers;
  readonly #waiting = new Map<number, (answer: Answer | string) => void>();
  readonly #sockets = new Map<SocketId, WebSocket>();
  #state: Session;
  #lastId = FIRST_SOCKET;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Infinity;
  #isTurnAwaited = false;

  constructor(state: Session, link: Link, answers: PollingAnswers, owner: Owner) {
    this.#state = state;
    this.#link = link;
    this.#answers = answers;
    this.#owner = owner;
  }

  /** Starts the session: on the WebSocket that its client began with, to be sent `open`, or waiting for polls. */
  start(socket?: WebSocket, open?: Packet): void {
    if (socket) this.#attach(FIRST_SOCKET, socket);
    if (open !== undefined) this.#send(FIRST_SOCKET, open);
    this.#link.listen({
      packet: (packet) => this.#handle({ type: "packet-sent-by-origin", packet }),
      ended: (code) => this.#handle({ type: "origin-ended", cause: causeOfOriginEnd(code) }),
    });
    this.#arm();
  }

  get queuedBytes(): number {
    return this.#state.down.bytes;
  }

  get isClosed(): boolean {
    return this.#state.transport.phase === "closed";
  }

  poll(): Promise<Answer | string> {
    const poll = this.#nextId();
    const answer = this.#answerTo(poll);
    this.#handle({ type: "poll-opened", poll });
    return answer;
  }

  post(request: Request): Promise<Answer | string> {
    const post = this.#nextId();
    const answer = this.#answerTo(post);
    this.#handle({ type: "post-opened", post });
    // Beside the answer, not before it: a body that never ends must not keep a refusal from its sender.
    if (this.#waiting.has(post)) void this.#read(post, request);
    return answer;
  }

  async #read(post: PostId, request: Request): Promise<void> {
    const body = await readBody(request, this.#state.limits.maxPayload);
    if ("packets" in body) {
      this.#handle({ type: "post-received", post, packets: body.packets });
    } else {
      this.#handle({ type: "post-failed", post, cause: body.cause });
    }
  }

  /** Takes the WebSocket of an upgrade. */
  upgrade(socket: WebSocket): void {
    const id = this.#nextId();
    this.#attach(id, socket);
    this.#handle({ type: "socket-opened", socket: id });
  }

  /** Ends the session for a reason outside it. */
  condemn(cause: Cause): void {
    this.#handle({ type: "condemned", cause });
  }

  #attach(id: SocketId, socket: WebSocket): void {
    this.#sockets.set(id, socket);
    socket.binaryType = "arraybuffer";
    socket.accept({ allowHalfOpen: true });
    socket.addEventListener("message", (event) => {
      const packet: unknown = event.data;
      if (isPacket(packet)) this.#handle({ type: "packet-received", socket: id, packet });
    });
    const ended = () => this.#socketEnded(id);
    socket.addEventListener("close", ended);
    socket.addEventListener("error", ended);
  }

  #handle(event: Event): void {
    const before = this.#state;
    const { next, effects } = step(before, event, Date.now());
    this.#state = next;
    for (const effect of effects) this.#perform(effect);
    const change = next.down.bytes - before.down.bytes;
    if (change !== 0) this.#owner.queued(change);
    this.#arm();
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "send":
        this.#send(effect.socket, effect.packet);
        break;
      case "forward":
        this.#forward(effect.packet);
        break;
      case "answer-poll":
        this.#answer(effect.poll, this.#answers.poll(effect.packets));
        break;
      case "accept-post":
        this.#answer(effect.post, this.#answers.post());
        break;
      case "refuse-poll":
        this.#answer(effect.poll, this.#answers.refuse(effect.refusal));
        break;
      case "refuse-post":
        this.#answer(effect.post, this.#answers.refuse(effect.refusal));
        break;
      case "close-socket":
        this.#closeSocket(effect.socket, effect.cause);
        break;
      case "leave-origin":
        this.#link.leave(effect.cause.reason);
        break;
      case "end":
        this.#owner.ended(effect.cause);
        break;
    }
  }

  // A send that throws means that the other side is gone: its close event may be on the way, or never come.
  #send(id: SocketId, packet: Packet): void {
    try {
      this.#sockets.get(id)?.send(packet);
    } catch {
      queueMicrotask(() => this.#socketEnded(id));
    }
  }

  #forward(packet: Packet): void {
    try {
      this.#link.send(packet);
    } catch {
      queueMicrotask(() => this.#handle({ type: "origin-ended", cause: Causes.originLost }));
    }
  }

  #socketEnded(id: SocketId): void {
    this.#closeSocket(id, undefined);
    this.#handle({ type: "socket-closed", socket: id });
  }

  #closeSocket(id: SocketId, cause: Cause | undefined): void {
    const socket = this.#sockets.get(id);
    this.#sockets.delete(id);
    try {
      if (cause?.code === undefined) socket?.close();
      else socket?.close(cause.code, cause.text);
    } catch {
      // It is closed already, which is all that was wanted.
    }
  }

  #answer(id: number, answer: Answer | string): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  #answerTo(id: number): Promise<Answer | string> {
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  // A timer that is too early costs one look at the state; setting it anew at every packet would cost more.
  #arm(): void {
    const at = nextDeadline(this.#state);
    if (at === undefined) {
      clearTimeout(this.#timer ?? null);
    } else if (at < this.#timerAt) {
      const delayMs = at - Date.now();
      if (delayMs > 0) this.#setTimer(at, delayMs);
      else this.#awaitTurn();
    }
  }

  #setTimer(at: number, delayMs: number): void {
    clearTimeout(this.#timer ?? null);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity;
      this.#handle({ type: "time-passed" });
    }, delayMs);
  }

  // The timer stays as it is: it is for the heartbeat, and would be set to the same instant again.
  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    this.#owner.nextTurn.add(() => {
      this.#isTurnAwaited = false;
      this.#handle({ type: "time-passed" });
    });
  }
}
