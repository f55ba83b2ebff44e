import type { Restoring } from "../../../src/core/origin/origin.ts";
import type { Place, SessionRecord } from "../../../src/wire/hub/content.ts";
import type { Stream } from "../../../src/wire/hub/vector.ts";
import { formatOffset } from "../../../src/wire/recovery/offset.ts";
import type { SimClient, ToClient } from "./sim-client.ts";
import { NSP } from "./sim-names.ts";
import type { Truth } from "./sim-truth.ts";
import type { Wire, WireMessage } from "./sim-wire.ts";

/** A session at the edge, and how it is moored. */
export class SimEdge {
  readonly number: number;
  readonly client: SimClient;
  readonly toClient: ToClient[][] = [];
  isAlive = true;
  wire: Wire;
  place: Place;
  pid: string | undefined;
  /** Since when its origin is lost. */
  lostAt: number | undefined;
  /** Origins that are too young for it. */
  readonly tried = new Set<string>();
  isReplaying = false;
  #record: SessionRecord | undefined;
  #seen = new Map<Stream, number>();
  #last: string;
  #held: WireMessage[] = [];
  readonly #truth: Truth;

  constructor(number: number, client: SimClient, wire: Wire, truth: Truth) {
    this.number = number;
    this.client = client;
    this.wire = wire;
    this.place = { birth: number + 1, moorings: 0 };
    this.#last = client.offset;
    this.#truth = truth;
  }

  get hasRecord(): boolean {
    return this.#record !== undefined;
  }

  take(message: WireMessage): void {
    if (!this.isAlive) return;
    if (message.type === "connect") this.#connected(message);
    else if (message.type === "refused") this.#refused(message.why);
    else if (message.type === "end") {
      this.wire.close();
      if (message.why !== "lost") this.close();
    } else if (this.isReplaying || this.pid === undefined) this.#held.push(message);
    else this.#pass(message);
  }

  close(): void {
    this.isAlive = false;
    this.wire.close();
    if (this.client.edge === this) this.client.reset();
  }

  /** Moors it elsewhere; gives what it says there. */
  moor(wire: Wire): { readonly restoring: Restoring; readonly at: number } | undefined {
    if (this.#record === undefined) return undefined;
    this.wire = wire;
    this.#held = [];
    this.isReplaying = true;
    this.place = { birth: this.place.birth, moorings: this.place.moorings + 1 };
    this.#truth.counts.moved += 1;
    const { session, vector, at } = this.#record;
    const seen = new Map(this.#seen);
    const { place } = this;
    const restoring = { nsp: NSP, session, place, seen, vector, last: this.#last, tail: [] };
    return { restoring, at };
  }

  #connected({ pid }: WireMessage & { type: "connect" }): void {
    if (this.pid !== undefined && this.pid !== pid) {
      this.close();
      return;
    }
    const isFirst = this.pid === undefined;
    this.pid = pid;
    this.isReplaying = false;
    this.tried.clear();
    const group: ToClient[] = [];
    for (const message of this.#held.splice(0)) {
      if (message.type === "record") this.#keep(message);
      else if (message.type === "event") group.push(this.#note(message));
    }
    if (isFirst) group.push({ type: "connect", pid });
    this.toClient.push(group);
  }

  #refused(why: string): void {
    this.tried.add(this.wire.origin);
    this.wire.close();
    this.#truth.counts.refused += 1;
    if (why !== "young") this.close();
  }

  #pass(message: WireMessage): void {
    if (message.type === "record") this.#keep(message);
    else if (message.type === "event") this.toClient.push([this.#note(message)]);
  }

  #note(message: WireMessage & { type: "event" }): WireMessage & { type: "event" } {
    const { name } = message.event;
    this.#seen.set(name.stream, Math.max(name.n, this.#seen.get(name.stream) ?? 0));
    this.#last = formatOffset(name);
    return message;
  }

  #keep({ record, version }: WireMessage & { type: "record" }): void {
    this.#record = record;
    this.#seen = new Map(record.vector);
    this.#truth.recorded(record, version);
  }
}
