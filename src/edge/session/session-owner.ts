import { DurableObject } from "cloudflare:workers";
import { readEngineRequest } from "../../core/entry/engine-request.ts";
import type { Answer } from "../../core/entry/answer.ts";
import { queryOf } from "../../core/entry/query.ts";
import { dialledHeaders } from "../../core/entry/forward.ts";
import { Causes, isOriginFault } from "../../core/session/cause.ts";
import { Refusals } from "../../wire/refusal.ts";
import type { SessionKey } from "../../wire/sid.ts";
import { formatSid, KEY_BYTES, keyOf, objectId, sessionKey } from "../../wire/sid.ts";
import { passOn, refusal, refuse, respond, untaken } from "../answers.ts";
import type { DialRequest, Handshake, Sessions, Upstream } from "../contracts.ts";
import { HANDSHAKE_HEADER, parseHandshake } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { log, shortSid } from "../log.ts";
import { DialQueue } from "./dial-queue.ts";
import { ObjectLedger } from "./isolate-ledger.ts";
import type { LiveSession } from "./live-session.ts";
import type { Moored } from "./moor.ts";
import { moor } from "./moor.ts";
import { NextTurn } from "./next-turn.ts";
import { openSession } from "./open-session.ts";
import { Reporter } from "./reporter.ts";
import { socketAnswer } from "./socket-answer.ts";

/** The Durable Object that owns sessions. Nothing of them is stored: their sockets would not outlive it. */
export class SessionOwner extends DurableObject<Env> implements Sessions {
  readonly #settings: Settings;
  readonly #upstream: Upstream;
  readonly #sessions = new Map<SessionKey, LiveSession>();
  readonly #dials = new DialQueue();
  readonly #ledger = new ObjectLedger();
  readonly #nextTurn = new NextTurn();
  #reporter: Reporter | undefined;
  #handshakes = 0;

  constructor(ctx: DurableObjectState, env: Env, settings: Settings, upstream: Upstream) {
    super(ctx, env);
    this.#settings = settings;
    this.#upstream = upstream;
  }

  override fetch(request: Request): Promise<Response> | Response {
    const isUpgrade = request.headers.has("upgrade");
    const read = readEngineRequest(request.method, queryOf(request.url), isUpgrade);
    // Entry takes the sid out of a handshake. A request that has one is a client's own, and so is its header: taken
    // for entry's, it would have us dial whatever the client names.
    if ("sid" in read) return this.#goOn(request, read.type, keyOf(read.sid));
    return this.#begin(request, parseHandshake(request.headers.get(HANDSHAKE_HEADER) ?? ""));
  }

  /** A poll. Called, not fetched, since nothing of its request is needed and a call costs half as much. */
  async poll(key: SessionKey): Promise<Answer | string> {
    return this.#sessions.get(key)?.poll() ?? refusal(Refusals.unknownSid, false);
  }

  async report(): Promise<void> {
    await this.#reporter?.tell();
  }

  async #goOn(
    request: Request,
    type: "poll" | "post" | "upgrade",
    key: SessionKey,
  ): Promise<Response> {
    const session = this.#sessions.get(key);
    if (session === undefined) return refuse(Refusals.unknownSid, type === "upgrade");
    if (type === "poll") return respond(await session.poll());
    if (type === "post") return respond(await session.post(request));
    return socketAnswer(request, [], (socket) => session.upgrade(socket));
  }

  async #begin(request: Request, handshake: Handshake): Promise<Response> {
    if (this.#sessions.size + this.#handshakes >= this.#settings.sessionsPerObject) {
      return untaken("full");
    }
    this.#handshakes += 1;
    try {
      const reporter = this.#reporterFor(handshake);
      const failed = (origin: string) => reporter?.failed(origin, handshake.network);
      const dial = dialRequest(request);
      const moored = await moor(handshake, dial, this.#upstream, this.#dials, failed);
      if (moored.type === "moored") return this.#open(request, handshake, moored);
      if (moored.type === "refused") return passOn(moored.answer);
      return untaken(moored.type);
    } finally {
      this.#handshakes -= 1;
    }
  }

  #open(
    request: Request,
    handshake: Handshake,
    moored: Extract<Moored, { type: "moored" }>,
  ): Response {
    const key = sessionKey(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
    const sid = formatSid(objectId(this.ctx.id.toString()), key);
    const { origin } = moored;
    this.#reporter?.opened(origin.name, handshake.reservation);
    const { session, response } = openSession(request, handshake, moored, sid, this.#settings, {
      nextTurn: this.#nextTurn,
      queued: (changeBytes) => this.#queued(changeBytes),
      ended: (cause) => {
        this.#sessions.delete(key);
        this.#reporter?.ended(origin.name);
        if (isOriginFault(cause)) {
          this.#reporter?.failed(origin.name, handshake.network);
        }
        log("session-ended", { sid: shortSid(sid), reason: cause.reason, detail: cause.text });
      },
    });
    if (!session.isClosed) this.#sessions.set(key, session);
    log("session-opened", { sid: shortSid(sid), origin: origin.name });
    return response;
  }

  // An object has sessions of one pool alone: entry keeps those of others in objects of their own.
  #reporterFor({ pool, place }: Handshake): Reporter | undefined {
    const { POOL } = this.env;
    if (POOL === undefined) return undefined;
    this.#reporter ??= new Reporter(
      {
        object: objectId(this.ctx.id.toString()),
        place,
        room: () => this.#settings.sessionsPerObject - this.#sessions.size - this.#handshakes,
      },
      (report) => POOL.get(POOL.idFromName(pool)).report(pool, report),
    );
    return this.#reporter;
  }

  // Other objects' sessions are out of reach from here; the one that grew is among these.
  #queued(changeBytes: number): void {
    if (this.#ledger.record(changeBytes)) return;
    const sessions = [...this.#sessions.values()];
    const largest = sessions.reduce((a, b) => (b.queuedBytes > a.queuedBytes ? b : a));
    largest.condemn(Causes.isolateFull);
  }
}

function dialRequest(request: Request): DialRequest {
  const url = new URL(request.url);
  return {
    path: url.pathname,
    query: url.search.slice(1),
    headers: dialledHeaders([...request.headers]),
  };
}
