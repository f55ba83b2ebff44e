import type { NamedEvent } from "../../../src/wire/hub/content.ts";
import { formatOffset } from "../../../src/wire/recovery/offset.ts";
import type { SimEdge } from "./sim-edge.ts";

export type ToClient =
  | { readonly type: "event"; readonly event: NamedEvent }
  | { readonly type: "connect"; readonly pid: string };

/** A stock client: knows its pid, and the offset of the last event that it got. */
export class SimClient {
  readonly number: number;
  pid: string | undefined;
  offset = "";
  isConnected = false;
  edge: SimEdge | undefined;
  got: NamedEvent[] = [];
  /** Before its CONNECT is answered, events wait. */
  early: NamedEvent[] = [];

  constructor(number: number) {
    this.number = number;
  }

  take(message: ToClient): void {
    if (message.type === "event") {
      if (this.isConnected) this.#take(message.event);
      else this.early.push(message.event);
      return;
    }
    if (message.pid !== this.pid) {
      this.pid = message.pid;
      this.got = [];
      this.offset = "";
    }
    this.isConnected = true;
    for (const event of this.early.splice(0)) this.#take(event);
  }

  /** Its connection to the edge is lost. */
  cut(): void {
    this.edge = undefined;
    this.isConnected = false;
    this.early = [];
  }

  /** It is told that its session is over. */
  reset(): void {
    this.cut();
    this.pid = undefined;
    this.offset = "";
  }

  #take(event: NamedEvent): void {
    this.got.push(event);
    this.offset = formatOffset(event.name);
  }
}
