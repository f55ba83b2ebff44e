import { readEngineRequest } from "../../core/entry/engine-request.ts";
import type { ObjectId } from "../../wire/sid.ts";
import { Refusals } from "../../wire/refusal.ts";
import { json, refuse } from "../answers.ts";
import type { Pool } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { log } from "../log.ts";
import { clientOf } from "./client.ts";
import { Handshakes } from "./handshake.ts";

/** Requests under Engine.IO's path: refuses, admits, or hands over to the object that the sid names. */
export class Engine {
  readonly #sessions: DurableObjectNamespace;
  readonly #settings: Settings;
  readonly #handshakes: Handshakes;

  constructor(env: Env, settings: Settings, pool: Pool) {
    this.#sessions = env.SESSIONS;
    this.#settings = settings;
    this.#handshakes = new Handshakes(env, settings, pool);
  }

  answer(request: Request): Promise<Response> | Response {
    const isUpgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
    const read = readEngineRequest(request.method, new URL(request.url).searchParams, isUpgrade);
    switch (read.type) {
      case "refused":
        return refuse(read.refusal, isUpgrade);
      case "handshake":
        return this.#handshakes.open(request, read.transport, clientOf(request, this.#settings));
      case "poll":
      case "post":
      case "upgrade":
        return this.#handOver(request, read.owner, isUpgrade);
    }
  }

  async #handOver(request: Request, owner: ObjectId, isUpgrade: boolean): Promise<Response> {
    const id = this.#find(owner);
    if (id === undefined) return refuse(Refusals.unknownSid, isUpgrade);
    try {
      return await this.#sessions.get(id).fetch(request);
    } catch (error) {
      log("object-failed", { error: String(error) });
      if (isOverloaded(error)) {
        return json(503, { code: "OVERLOADED", message: "This session's object is overloaded." });
      }
      // A reset takes the object's sessions with it, so that this is the truth by now.
      return refuse(Refusals.unknownSid, isUpgrade);
    }
  }

  // The platform signs its ids: one that it did not make for this namespace is refused here, and wakes nothing.
  #find(owner: ObjectId): DurableObjectId | undefined {
    try {
      return this.#sessions.idFromString(owner);
    } catch {
      return undefined;
    }
  }
}

function isOverloaded(error: unknown): boolean {
  return error instanceof Error && "overloaded" in error && error.overloaded === true;
}
