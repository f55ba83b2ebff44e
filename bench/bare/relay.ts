// The least that relaying a WebSocket through a Durable Object can be: nothing but two sockets, piped.
import { DurableObject } from "cloudflare:workers";

interface Env {
  readonly RELAYS: DurableObjectNamespace;
  readonly ORIGIN: string;
}

/** As many as a session object of the edge takes by default. */
const SOCKETS_PER_OBJECT = 100;

let sockets = 0;

export class Relay extends DurableObject<Env> {
  override async fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const headers = { upgrade: "websocket" };
    const { webSocket: origin } = await fetch(this.env.ORIGIN + pathname + search, { headers });
    if (!origin) return new Response(null, { status: 502 });
    const { 0: client, 1: server } = new WebSocketPair();
    pipe(server, origin);
    pipe(origin, server);
    return new Response(null, { status: 101, webSocket: client });
  }
}

function pipe(from: WebSocket, to: WebSocket): void {
  from.binaryType = "arraybuffer";
  from.accept();
  from.addEventListener("message", (event: { data: string | ArrayBuffer }) => to.send(event.data));
  from.addEventListener("close", () => to.close());
}

export default {
  fetch(request, env) {
    const name = String(Math.floor(sockets / SOCKETS_PER_OBJECT));
    sockets += 1;
    return env.RELAYS.get(env.RELAYS.idFromName(name)).fetch(request);
  },
} satisfies ExportedHandler<Env>;
