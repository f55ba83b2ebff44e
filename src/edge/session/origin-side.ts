import type { Origin } from "../../core/pool/origin.ts";
import type { Cause } from "../../core/session/cause.ts";
import { causeOfOriginEnd, Causes } from "../../core/session/cause.ts";
import type { Event } from "../../core/session/session.ts";
import type { Packet } from "../../wire/packet.ts";
import type { Link } from "../contracts.ts";
import type { Berth, Owner } from "./owner.ts";

/** What a session's origins do. */
export interface OriginListener {
  handle(event: Event): void;
  /** Whether another origin can go on with the session. */
  isMovable(): boolean;
  /** Whether the session looks for an origin. */
  isLost(): boolean;
}

/** A session's link to its origin, and the dials for the next one. */
export class OriginSide {
  readonly #owner: Owner;
  readonly #listener: OriginListener;
  #link: Link;
  #origin: Origin;

  constructor({ link, origin }: Berthed, owner: Owner, listener: OriginListener) {
    this.#link = link;
    this.#origin = origin;
    this.#owner = owner;
    this.#listener = listener;
  }

  // A link that has been left for another may still have something to say.
  listen(): void {
    const link = this.#link;
    link.listen({
      packet: (packet) => {
        if (link === this.#link) this.#listener.handle({ type: "packet-sent-by-origin", packet });
      },
      ended: (code) => {
        // One that has to go with its origin goes in its turn: there may be many.
        if (this.#listener.isMovable()) this.#ended(link, causeOfOriginEnd(code));
        else this.#owner.paced.run(() => this.#ended(link, causeOfOriginEnd(code)));
      },
    });
  }

  send(packet: Packet): void {
    const link = this.#link;
    try {
      link.send(packet);
    } catch {
      queueMicrotask(() => this.#ended(link, Causes.originLost));
    }
  }

  /** Ends the link at once. */
  leave(cause: Cause): void {
    this.#link.leave(cause.reason);
  }

  /** Closes it, and goes on listening. */
  close(): void {
    this.#link.close();
  }

  async ask(): Promise<void> {
    const isAlive = await this.#owner.isAlive(this.#origin);
    this.#listener.handle({ type: "origin-asked", isAlive });
  }

  async dial(except: readonly string[]): Promise<void> {
    const found = await this.#owner.moor(except, () => this.#listener.isLost());
    if (found.type === "unmoored") {
      this.#listener.handle({ type: "dial-failed", why: found.why });
      return;
    }
    const { link, origin, open, dial } = found;
    if (!this.#listener.isLost()) {
      link.leave("session ended");
      return;
    }
    this.#link = link;
    this.#origin = origin;
    const { maxPayload } = open;
    const silenceMs = this.#owner.silenceMsOf(open);
    this.#listener.handle({ type: "dialled", origin: origin.name, dial, maxPayload, silenceMs });
    this.listen();
  }

  #ended(link: Link, cause: Cause): void {
    if (link === this.#link) this.#listener.handle({ type: "origin-ended", cause });
  }
}

type Berthed = Pick<Berth, "link" | "origin">;
