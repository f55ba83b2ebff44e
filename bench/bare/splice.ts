// The least that splicing a WebSocket in workerd can be: the origin's 101 is the Worker's own answer.
import { DurableObject } from "cloudflare:workers";

interface Env {
  readonly ORIGIN: string;
}

/** A Worker of the benchmarks has one class; this one makes no object of it. */
export class Unused extends DurableObject {}

export default {
  fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    return fetch(env.ORIGIN + pathname + search, { headers: { upgrade: "websocket" } });
  },
} satisfies ExportedHandler<Env>;
