// The least that an HTTP request to a Durable Object can be: the Worker hands it over, the object answers at once.
import { DurableObject } from "cloudflare:workers";

interface Env {
  readonly POLLS: DurableObjectNamespace;
}

export class Poll extends DurableObject<Env> {
  override fetch(): Response {
    return new Response("ok");
  }
}

export default {
  fetch(request, env) {
    return env.POLLS.get(env.POLLS.idFromName("one")).fetch(request);
  },
} satisfies ExportedHandler<Env>;
