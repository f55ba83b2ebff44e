import { isWebSocketUpgrade, readEngineRequest } from "../../core/entry/engine-request.ts";
import { queryOf } from "../../core/entry/query.ts";
import type { Sid } from "../../wire/sid.ts";
import { keyOf } from "../../wire/sid.ts";
import { Refusals } from "../../wire/refusal.ts";
import { json, refuse, respond } from "../answers.ts";
import type { Asker, PoolView, Sessions } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { log } from "../log.ts";
import { Handshakes } from "./handshake.ts";
import { SessionIds } from "./session-ids.ts";

/** Requests under Engine.IO's path: refuses, admits, or hands over to the object that the sid names. */
export class Engine {
  readonly #sessions: DurableObjectNamespace<Sessions>;
  readonly #ids: SessionIds;
  readonly #handshakes: Handshakes;

  constructor(env: Env, settings: Settings, view: PoolView) {
    this.#sessions = env.SESSIONS;
    this.#ids = new SessionIds(env.SESSIONS);
    this.#handshakes = new Handshakes(env, settings, view);
  }

  answer(request: Request, asker: () => Asker): Promise<Response> | Response {
    const isUpgrade = isWebSocketUpgrade(request.headers.get("upgrade"));
    const read = readEngineRequest(request.method, queryOf(request.url), isUpgrade);
    switch (read.type) {
      case "refused":
        return refuse(read.refusal, isUpgrade);
      case "handshake":
        return this.#handshakes.open(asker(), read.transport);
      case "poll":
        return this.#ask(read.sid, false, async (object) => {
          return respond(await object.poll(keyOf(read.sid)));
        });
      case "post":
        return this.#ask(read.sid, false, (object) => object.fetch(request));
      case "upgrade":
        return this.#ask(read.sid, true, (object) => object.fetch(request));
    }
  }

  async #ask(
    sid: Sid,
    isUpgrade: boolean,
    ask: (object: DurableObjectStub<Sessions>) => Promise<Response>,
  ): Promise<Response> {
    const id = this.#ids.find(sid);
    if (id === undefined) return refuse(Refusals.unknownSid, isUpgrade);
    try {
      return await ask(this.#sessions.get(id));
    } catch (error) {
      log("object-failed", { error: String(error) });
      if (isOverloaded(error)) {
        return json(503, { code: "OVERLOADED", message: "This session's object is overloaded." });
      }
      // A reset takes the object's sessions with it, so that this is the truth by now.
      return refuse(Refusals.unknownSid, isUpgrade);
    }
  }
}

function isOverloaded(error: unknown): boolean {
  return error instanceof Error && "overloaded" in error && error.overloaded === true;
}
