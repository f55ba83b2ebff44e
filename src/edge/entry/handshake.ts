import { waitUntil } from "cloudflare:workers";
import type { ClientTransport } from "../../core/entry/engine-request.ts";
import type { Client } from "../../core/entry/forward.ts";
import { knownAddress } from "../../core/pool/affinity.ts";
import { networkOf } from "../../core/entry/network.ts";
import type { Origin } from "../../core/pool/origin.ts";
import { dialledQuery, forwardedHeaders } from "../../core/entry/forward.ts";
import { json, noOrigin } from "../answers.ts";
import type { Asker, Choice, Handshake, PoolView } from "../contracts.ts";
import { HANDSHAKE_HEADER, UNTAKEN_HEADER } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { log } from "../log.ts";
import { OpenObjects } from "./open-objects.ts";
import { pass } from "./pass.ts";

/** Seconds after which a client over its rate may ask again: the shorter of the binding's two periods. */
const RATE_RETRY_S = 10;

const BUSY_RETRY_S = 1;
const FULL_RETRY_S = 5;

/** An object with no dial under way takes every handshake; this many that don't mean something else is wrong. */
const MAX_OBJECTS_TRIED = 5;

/**
 * Origins that a handshake may dial: each takes its time, and all of a large pool are more than its client waits for, and
 * than the header to the object can hold.
 */
const MAX_ORIGINS_SENT = 8;

type Chosen = Extract<Choice, { type: "origins" }>;

/** Admits the handshakes of one pool and gives each to a session object. */
export class Handshakes {
  readonly #env: Env;
  readonly #view: PoolView;
  readonly #dialTimeoutMs: number;
  readonly #objects: OpenObjects;

  constructor(env: Env, settings: Settings, view: PoolView) {
    this.#env = env;
    this.#view = view;
    this.#dialTimeoutMs = settings.dialTimeoutMs;
    this.#objects = new OpenObjects(env.SESSIONS, settings.sessionsPerObject);
  }

  async open(asker: Asker, transport: ClientTransport): Promise<Response> {
    const { client, place, request } = asker;
    const network = networkOf(knownAddress(client, request.headers.get("x-forwarded-for")));
    if (!(await this.#isWithinRate(network))) return tooMany();
    const choice = await this.#view.choose(asker);
    if (choice.type === "none") return noOrigin();
    const [first] = choice.type === "origins" ? choice.origins : [];
    if (choice.type === "full" || first === undefined) return full();
    if (transport === "websocket" && this.#view.pool.websocket === "pass") {
      return this.#pass(asker, choice, network);
    }
    this.#objects.offered(choice.open);
    const { name, cors } = this.#view.pool;
    const origins = choice.origins.slice(0, MAX_ORIGINS_SENT);
    const handshake: Handshake = {
      transport,
      pool: name,
      place,
      network,
      origins: origins.map((origin) => ({ name: origin.name, url: origin.url })),
      cookies: cookiesOf(choice, origins),
      ...(choice.reservation === undefined ? {} : { reservation: choice.reservation }),
      isCorsOurs: cors !== undefined,
    };
    const response = await this.#offer(() => requestFor(request, handshake, client), first.name);
    choice.ended();
    if (choice.reservation !== undefined && !isOpened(response)) {
      waitUntil(this.#view.release(choice.reservation));
    }
    return response;
  }

  // Nobody counts a passed WebSocket, so the place that was kept for it is free again.
  async #pass({ request, client }: Asker, choice: Chosen, network: string): Promise<Response> {
    if (choice.reservation !== undefined) waitUntil(this.#view.release(choice.reservation));
    let cookie: string | undefined;
    const response = await pass(request, choice.origins, client, this.#dialTimeoutMs, {
      taken: ({ name }, hasOpened) => {
        cookie = choice.cookies[name];
        if (hasOpened) this.#view.passed(name, "opened", network);
      },
      failed: ({ name }) => this.#view.passed(name, "failed", network),
    });
    choice.ended();
    if (cookie === undefined || response.status !== 101) return response;
    // Frames are pumped as natively through a copy: what a message costs is the same.
    const { status, webSocket } = response;
    const copy = new Response(null, { status, webSocket, headers: response.headers });
    copy.headers.append("set-cookie", cookie);
    return copy;
  }

  async #offer(makeRequest: () => Request, origin: string): Promise<Response> {
    const tried = new Set<ReturnType<OpenObjects["take"]>>();
    while (tried.size < MAX_OBJECTS_TRIED) {
      const object = this.#objects.take(origin, tried);
      tried.add(object);
      let hasSession = false;
      try {
        const response = await this.#env.SESSIONS.get(object.id).fetch(makeRequest());
        const untaken = response.headers.get(UNTAKEN_HEADER);
        hasSession = isOpened(response);
        if (untaken === null) return response;
        if (untaken === "unreachable") return noOrigin();
        if (untaken === "full") this.#objects.forget(object);
      } catch (error) {
        // The object was reset or is overloaded; nothing has come of the handshake, so another may have it.
        log("object-failed", { error: String(error) });
        this.#objects.forget(object);
      } finally {
        this.#objects.release(object, origin, hasSession);
      }
    }
    return busy();
  }

  async #isWithinRate(network: string): Promise<boolean> {
    const limit = this.#env.HANDSHAKE_LIMIT;
    if (!limit) return true;
    try {
      return (await limit.limit({ key: network })).success;
    } catch (error) {
      // Who can't be counted may come in: a limit that fails shall not take the pool with it.
      log("rate-limit-failed", { error: String(error) });
      return true;
    }
  }
}

function isOpened({ status }: Response): boolean {
  return status === 200 || status === 101;
}

function cookiesOf({ cookies }: Chosen, origins: readonly Origin[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(cookies).filter(([name]) => origins.some((origin) => origin.name === name)),
  );
}

function requestFor(request: Request, handshake: Handshake, client: Client): Request {
  const url = new URL(request.url);
  url.search = dialledQuery(url.search.slice(1));
  const headers = new Headers(forwardedHeaders([...request.headers], client));
  headers.set(HANDSHAKE_HEADER, JSON.stringify(handshake));
  if (handshake.transport === "websocket") headers.set("upgrade", "websocket");
  // There is no WebSocket of the client's to agree on one, and an origin says 400 to one that it can't read.
  else headers.delete("sec-websocket-protocol");
  // An origin's redirection is an answer to the client. Followed here, it would be another handshake of the object's.
  return new Request(url, { headers, redirect: "manual" });
}

function tooMany(): Response {
  const body = { code: "RATE", message: "Too many handshakes from this address." };
  return json(429, body, [["retry-after", String(RATE_RETRY_S)]]);
}

function full(): Response {
  const body = { code: "FULL", message: "Every origin has as many sessions as it may." };
  return json(503, body, [["retry-after", String(FULL_RETRY_S)]]);
}

function busy(): Response {
  const body = { code: "BUSY", message: "No session object could take the handshake." };
  return json(503, body, [["retry-after", String(BUSY_RETRY_S)]]);
}
