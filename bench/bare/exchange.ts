// The least that an Engine.IO session in a Durable Object can be: the exchange itself, for a client that does all as it
// should. No checks, limits, heartbeats, time-outs, gathering or order across the upgrade; nothing to be used.
import { DurableObject } from "cloudflare:workers";

interface Env {
  readonly EXCHANGES: DurableObjectNamespace;
  readonly ORIGIN: string;
}

interface Session {
  readonly origin: WebSocket;
  waiting: string[];
  poll: ((response: Response) => void) | undefined;
  client: WebSocket | undefined;
  isProbed: boolean;
}

type Message = { data: string };

/** As many as a session object of the edge takes by default. */
const SESSIONS_PER_OBJECT = 100;

let handshakes = 0;

export class Exchange extends DurableObject<Env> {
  readonly #sessions = new Map<string, Session>();

  override async fetch(request: Request): Promise<Response> {
    const [, sid = ""] = request.url.split("&sid=");
    const session = this.#sessions.get(sid);
    if (session === undefined) return this.#open(request.headers.get("object") ?? "");
    if (request.headers.has("upgrade")) return upgrade(session);
    if (request.method === "POST") {
      session.origin.send(await request.text());
      return new Response("ok");
    }
    if (session.waiting.length > 0) return new Response(session.waiting.splice(0).join("\x1e"));
    if (session.isProbed) return new Response("6");
    return new Promise((resolve) => {
      session.poll = resolve;
    });
  }

  async #open(object: string): Promise<Response> {
    const url = `${this.env.ORIGIN}/socket.io/?EIO=4&transport=websocket`;
    const { webSocket: origin } = await fetch(url, { headers: { upgrade: "websocket" } });
    if (!origin) return new Response(null, { status: 502 });
    const session: Session = {
      origin,
      waiting: [],
      poll: undefined,
      client: undefined,
      isProbed: false,
    };
    const sid = `${object}.${crypto.randomUUID()}`;
    this.#sessions.set(sid, session);
    origin.addEventListener("close", () => {
      this.#sessions.delete(sid);
      session.client?.close();
    });
    return new Promise((resolve) => {
      session.poll = () => resolve(new Response(`0{"sid":"${sid}","upgrades":["websocket"]}`));
      origin.addEventListener("message", ({ data }: Message) => deliver(session, data));
      origin.accept();
    });
  }
}

function deliver(session: Session, packet: string): void {
  if (session.client) session.client.send(packet);
  else if (session.poll) answer(session, packet);
  else session.waiting.push(packet);
}

function answer(session: Session, payload: string): void {
  session.poll?.(new Response(payload));
  session.poll = undefined;
}

function upgrade(session: Session): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.addEventListener("close", () => session.origin.close());
  server.addEventListener("message", ({ data }: Message) => {
    if (session.client) {
      session.origin.send(data);
    } else if (data === "2probe") {
      server.send("3probe");
      session.isProbed = true;
      answer(session, "6");
    } else {
      session.client = server;
      for (const packet of session.waiting.splice(0)) server.send(packet);
    }
  });
  return new Response(null, { status: 101, webSocket: client });
}

export default {
  fetch(request, env) {
    const known = /&sid=(\d+)/.exec(request.url)?.[1];
    const object = known ?? String(Math.floor(handshakes / SESSIONS_PER_OBJECT));
    const stub = env.EXCHANGES.get(env.EXCHANGES.idFromName(object));
    if (known !== undefined) return stub.fetch(request);
    handshakes += 1;
    return stub.fetch(request.url, { headers: { object } });
  },
} satisfies ExportedHandler<Env>;
