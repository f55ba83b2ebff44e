import type { Answer } from "../../core/entry/answer.ts";
import type { Cause } from "../../core/session/cause.ts";
import { Causes } from "../../core/session/cause.ts";
import type { Effect, Event, PostId, Session, SocketId } from "../../core/session/session.ts";
import { isMovable } from "../../core/session/lost.ts";
import { spacesBytes } from "../../core/session/spaces.ts";
import { nextDeadline, step } from "../../core/session/step.ts";
import type { Packet } from "../../wire/packet.ts";
import { Refusals } from "../../wire/refusal.ts";
import { log } from "../log.ts";
import { ClientSide } from "./client-side.ts";
import { Deadline } from "./deadline.ts";
import type { Berth, Owner } from "./owner.ts";
import { OriginSide } from "./origin-side.ts";
import type { PollingAnswers } from "./polling-answers.ts";
import { readBody } from "./read-body.ts";

/** The first socket of a session that began with one. */
export const FIRST_SOCKET: SocketId = 0;

/** Effects that concern the session's origin, or its end. */
type Steering = Extract<
  Effect,
  { type: "leave-origin" | "close-origin" | "ask-origin" | "dial" | "put-off" | "end" }
>;

/** One session in its object: turns what happens into events, and carries out what `step` decides. */
export class LiveSession {
  readonly #owner: Owner;
  readonly #answers: PollingAnswers;
  readonly #client: ClientSide;
  readonly #origins: OriginSide;
  readonly #deadline: Deadline;
  #state: Session;
  #hasFailed = false;
  /** Of POSTs that are still being read. */
  #bodyBytes = 0;
  #lastId = FIRST_SOCKET;

  constructor(
    state: Session,
    berth: Pick<Berth, "link" | "origin">,
    answers: PollingAnswers,
    owner: Owner,
  ) {
    this.#state = state;
    this.#answers = answers;
    this.#owner = owner;
    this.#deadline = new Deadline(owner.nextTurn, () => this.#handle({ type: "time-passed" }));
    this.#client = new ClientSide({
      packet: (socket, packet) => this.#handle({ type: "packet-received", socket, packet }),
      closed: (socket) => this.#handle({ type: "socket-closed", socket }),
    });
    this.#origins = new OriginSide(berth, owner, {
      handle: (event) => this.#handle(event),
      isMovable: () => isMovable(this.#state, "crash"),
      isLost: () => !this.isClosed && this.#state.mooring.phase === "lost",
    });
  }

  /** Starts the session: on the WebSocket that its client began with, to be sent `open`, or waiting for polls. */
  start(socket?: WebSocket, open?: Packet): void {
    if (socket) this.#client.attach(FIRST_SOCKET, socket);
    if (open !== undefined) this.#client.send(FIRST_SOCKET, open);
    this.#origins.listen();
    this.#deadline.set(nextDeadline(this.#state));
  }

  get queuedBytes(): number {
    return this.#bodyBytes + this.#state.down.bytes + spacesBytes(this.#state.spaces);
  }

  get isClosed(): boolean {
    return this.#state.transport.phase === "closed";
  }

  /** The origin that the session is moored to; `undefined` while it has none. */
  get origin(): string | undefined {
    const { mooring } = this.#state;
    return mooring.phase === "moored" || mooring.phase === "leaving" ? mooring.origin : undefined;
  }

  poll(): Promise<Answer | string> {
    const poll = this.#nextId();
    const answer = this.#client.answerTo(poll);
    this.#handle({ type: "poll-opened", poll });
    return answer;
  }

  post(request: Request): Promise<Answer | string> {
    this.#owner.heard(request.headers);
    const post = this.#nextId();
    const answer = this.#client.answerTo(post);
    this.#handle({ type: "post-opened", post });
    // Beside the answer, not before it: a body that never ends must not keep a refusal from its sender.
    if (this.#client.isWaiting(post)) void this.#read(post, request);
    return answer;
  }

  async #read(post: PostId, request: Request): Promise<void> {
    const { maxPayload } = this.#state.limits;
    const body = await readBody(request, maxPayload, (change) => this.#keepBody(change));
    if ("packets" in body) {
      this.#handle({ type: "post-received", post, packets: body.packets });
    } else {
      this.#handle({ type: "post-failed", post, cause: body.cause });
    }
  }

  #keepBody(changeBytes: number): void {
    this.#bodyBytes += changeBytes;
    if (changeBytes !== 0) this.#owner.queued(changeBytes);
  }

  /** Takes the WebSocket of an upgrade. */
  upgrade(socket: WebSocket, headers: Headers): void {
    this.#owner.heard(headers);
    const id = this.#nextId();
    this.#client.attach(id, socket);
    this.#handle({ type: "socket-opened", socket: id });
  }

  /** Whether it is on its way from one origin to another. */
  get isMoving(): boolean {
    const { mooring } = this.#state;
    return mooring.phase !== "moored" || mooring.quietUntil !== undefined;
  }

  /** Whether another origin can go on with it. */
  get isMovable(): boolean {
    return isMovable(this.#state, "planned");
  }

  /** Has the session go to another origin, when nothing is under way between it and this one. */
  move(): void {
    this.#handle({ type: "move-wanted" });
  }

  /** Has it go now, or end where it can't. */
  leave(cause: Cause): void {
    this.#handle({ type: "move-overdue", cause });
  }

  /** Ends the session for a reason outside it. */
  condemn(cause: Cause): void {
    this.#handle({ type: "condemned", cause });
  }

  #handle(event: Event): void {
    try {
      this.#take(event);
    } catch (error) {
      this.#failed(error);
    }
  }

  // A fault of our own. It is to be nobody else's: other sessions wait for the same timers.
  #failed(error: unknown): void {
    log("session-failed", { error: String(error) });
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#handle({ type: "condemned", cause: Causes.failed });
    // Of what it had decided when it failed, not all was done.
    this.#client.abandon(this.#answers.refuse(Refusals.unknownSid));
  }

  #take(event: Event): void {
    const before = this.#state;
    const queuedBytes = this.queuedBytes;
    const { next, effects } = step(before, event, Date.now());
    this.#state = next;
    if (next.mooring.phase !== before.mooring.phase) this.#tellOwner(before, next);
    for (const effect of effects) this.#perform(effect);
    const change = this.queuedBytes - queuedBytes;
    if (change !== 0) this.#owner.queued(change);
    this.#deadline.set(nextDeadline(this.#state));
  }

  #tellOwner({ mooring: before }: Session, { mooring }: Session): void {
    if (mooring.phase === "moored") this.#owner.moored(mooring.origin);
    if (!("origin" in before) || "origin" in mooring) return;
    this.#owner.left(before.origin, mooring.cause);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "send":
        this.#client.send(effect.socket, effect.packet);
        break;
      case "forward":
        this.#origins.send(effect.packet);
        break;
      case "answer-poll":
        this.#client.answer(effect.poll, this.#answers.poll(effect.packets));
        break;
      case "accept-post":
        this.#client.answer(effect.post, this.#answers.post());
        break;
      case "refuse-poll":
        this.#client.answer(effect.poll, this.#answers.refuse(effect.refusal));
        break;
      case "refuse-post":
        this.#client.answer(effect.post, this.#answers.refuse(effect.refusal));
        break;
      case "close-socket":
        this.#client.close(effect.socket, effect.cause);
        break;
      case "leave-origin":
      case "close-origin":
      case "ask-origin":
      case "dial":
      case "put-off":
      case "end":
        this.#steer(effect);
        break;
    }
  }

  #steer(effect: Steering): void {
    switch (effect.type) {
      case "leave-origin":
        this.#origins.leave(effect.cause);
        break;
      case "close-origin":
        this.#origins.close();
        break;
      case "ask-origin":
        void this.#origins.ask();
        break;
      case "dial":
        void this.#origins.dial(effect.except);
        break;
      case "put-off":
        // Whoever wants it moved asks again.
        break;
      case "end":
        this.#owner.ended(effect.cause, this.origin);
        break;
    }
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}
