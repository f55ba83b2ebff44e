import type { NamedEvent, SessionRecord } from "../../../src/wire/hub/content.ts";

/** What an origin says to an edge session, by its upstream connection. */
export type WireMessage =
  | { readonly type: "event"; readonly event: NamedEvent }
  | { readonly type: "record"; readonly record: SessionRecord; readonly version: number }
  | { readonly type: "connect"; readonly pid: string }
  | { readonly type: "refused"; readonly why: string }
  /** `lost`: dropped, and the session may go on elsewhere. */
  | { readonly type: "end"; readonly why: "gone" | "disconnected" | "lost" };

/** The upstream connection of one edge session to one origin; what was sent before a cut may still come, or not. */
export class Wire {
  isOpen = true;
  cutAt: number | undefined;
  readonly edge: number;
  readonly origin: string;
  readonly down: WireMessage[] = [];

  constructor(edge: number, origin: string) {
    this.edge = edge;
    this.origin = origin;
  }

  send(message: WireMessage): void {
    if (this.isOpen) this.down.push(message);
  }

  /** Only this share of what is on its way comes through. */
  cut(share: number): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.down.length = Math.floor(share * (this.down.length + 1));
  }

  close(): void {
    this.isOpen = false;
  }
}
