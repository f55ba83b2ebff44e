import { DurableObject } from "cloudflare:workers";
import { hasSid, isWebSocketUpgrade, readEngineRequest } from "../../core/entry/engine-request.ts";
import type { Answer } from "../../core/entry/answer.ts";
import { queryOf } from "../../core/entry/query.ts";
import { dialledHeaders } from "../../core/entry/forward.ts";
import { Causes } from "../../core/session/cause.ts";
import { Refusals } from "../../wire/refusal.ts";
import type { SessionKey } from "../../wire/sid.ts";
import { formatSid, KEY_BYTES, keyOf, objectId, sessionKey } from "../../wire/sid.ts";
import { passOn, refusal, refuse, respond, untaken } from "../answers.ts";
import type { DialRequest, Handshake, PoolView, Sessions, Upstream } from "../contracts.ts";
import { HANDSHAKE_HEADER, parseHandshake } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { log, shortSid } from "../log.ts";
import { DialQueue } from "./dial-queue.ts";
import { Inquiries } from "./inquiries.ts";
import { ObjectLedger } from "./isolate-ledger.ts";
import type { Moored } from "./moorer.ts";
import { Moorer } from "./moorer.ts";
import { NextTurn } from "./next-turn.ts";
import { ownerOf } from "./owner.ts";
import { Paced } from "./paced.ts";
import { openSession } from "./open-session.ts";
import { Reporter } from "./reporter.ts";
import { SessionRoll } from "./session-roll.ts";
import { socketAnswer } from "./socket-answer.ts";

/** A pool as this isolate sees it, by name. */
type ViewOf = (pool: string) => PoolView | undefined;

/** The Durable Object that owns sessions. Nothing of them is stored: their sockets would not outlive it. */
export class SessionOwner extends DurableObject<Env> implements Sessions {
  readonly #settings: Settings;
  readonly #upstream: Upstream;
  readonly #viewOf: ViewOf;
  readonly #paced = new Paced();
  readonly #sessions = new SessionRoll(this.#paced);
  readonly #dials = new DialQueue();
  readonly #inquiries = new Inquiries(this.#dials);
  readonly #ledger = new ObjectLedger();
  readonly #nextTurn = new NextTurn();
  #reporter: Reporter | undefined;
  #handshakes = 0;

  constructor(
    ctx: DurableObjectState,
    env: Env,
    settings: Settings,
    upstream: Upstream,
    viewOf: ViewOf,
  ) {
    super(ctx, env);
    this.#settings = settings;
    this.#upstream = upstream;
    this.#viewOf = viewOf;
  }

  override fetch(request: Request): Promise<Response> | Response {
    const query = queryOf(request.url);
    const isUpgrade = isWebSocketUpgrade(request.headers.get("upgrade"));
    const read = readEngineRequest(request.method, query, isUpgrade);
    if ("sid" in read) return this.#goOn(request, read.type, keyOf(read.sid));
    // Entry takes the sid out of a handshake. A request that has one is a client's own, whatever else is odd about it, and so
    // is its header: taken for entry's, it would have us dial whatever the client names.
    if (hasSid(query)) return refuse(Refusals.badRequest, isUpgrade);
    return this.#begin(request, parseHandshake(request.headers.get(HANDSHAKE_HEADER) ?? ""));
  }

  /** A poll. Called, not fetched, since nothing of its request is needed and a call costs half as much. */
  async poll(key: SessionKey): Promise<Answer | string> {
    return this.#sessions.get(key)?.poll() ?? refusal(Refusals.unknownSid, false);
  }

  async report(): Promise<void> {
    await this.#reporter?.tell();
  }

  move(origin: string, count: number): number {
    return this.#sessions.move(origin, count);
  }

  end(origin: string): number {
    return this.#sessions.end(origin, Causes.drained);
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
    return socketAnswer(request, [], (socket) => session.upgrade(socket, request.headers));
  }

  async #begin(request: Request, handshake: Handshake): Promise<Response> {
    if (this.#sessions.size + this.#handshakes >= this.#settings.sessionsPerObject) {
      return untaken("full");
    }
    this.#handshakes += 1;
    try {
      const reporter = this.#reporterFor(handshake);
      const moorer = new Moorer({
        handshake,
        request: dialRequest(request),
        upstream: this.#upstream,
        queue: this.#dials,
        inquiries: this.#inquiries,
        failed: (origin) => reporter?.failed(origin, handshake.network),
      });
      const moored = await moorer.first();
      if (moored.type === "moored") return this.#open(request, handshake, moored, moorer);
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
    moorer: Moorer,
  ): Response {
    const key = sessionKey(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
    const sid = formatSid(objectId(this.ctx.id.toString()), key);
    const { origin } = moored;
    this.#reporter?.opened(origin.name, handshake.reservation);
    const owner = ownerOf({
      sid,
      handshake,
      settings: this.#settings,
      moorer,
      reporter: this.#reporter,
      view: this.#viewOf(handshake.pool),
      nextTurn: this.#nextTurn,
      paced: this.#paced,
      queued: (changeBytes) => this.#queued(changeBytes),
      forget: () => this.#sessions.remove(key),
    });
    const { session, response } = openSession(
      request,
      handshake,
      moored,
      sid,
      this.#settings,
      owner,
    );
    if (!session.isClosed) this.#sessions.add(key, session);
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
    this.#sessions.endLargest(Causes.isolateFull);
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
