import type { EventName } from "../../wire/hub/vector.ts";
import { BackwardHead } from "./backward-head.ts";
import { NamespaceIndex } from "./namespace-index.ts";
import type { PastEntry, Single } from "./past.ts";

type SingleEntry = PastEntry & { readonly content: Single };

/** Whom events may be for. */
export interface Audience {
  readonly nsp: string;
  readonly sid: string;
  readonly rooms: Iterable<string>;
}

/** Where in the past what a socket may have been sent is found, without looking at everybody else's. */
export class PastIndex {
  readonly #namespaces = new Map<string, NamespaceIndex>();

  add(entry: PastEntry): void {
    const { nsp } = entry.content;
    let index = this.#namespaces.get(nsp);
    if (index === undefined) this.#namespaces.set(nsp, (index = new NamespaceIndex()));
    index.add(entry);
  }

  /** The oldest entry is forgotten. */
  drop(entry: PastEntry): void {
    const index = this.#namespaces.get(entry.content.nsp);
    if (index === undefined) return;
    index.drop(entry);
    if (index.size === 0) this.#namespaces.delete(entry.content.nsp);
  }

  commands(nsp: string): readonly PastEntry[] {
    return this.#namespaces.get(nsp)?.commands.toArray() ?? [];
  }

  singles(nsp: string, sid: string): readonly SingleEntry[] {
    return this.#namespaces.get(nsp)?.singles.get(sid)?.toArray() ?? [];
  }

  named(nsp: string, sid: string, name: EventName): readonly PastEntry[] {
    return this.#namespaces.get(nsp)?.named(sid, name) ?? [];
  }

  backward(audience: Audience, end: number, visit: (entry: PastEntry) => boolean): void {
    const index = this.#namespaces.get(audience.nsp);
    if (index === undefined) return;
    const heads = index
      .listsFor(audience.sid, audience.rooms)
      .map((list) => new BackwardHead(list, end));
    for (;;) {
      let newest: PastEntry | undefined;
      for (const { entry } of heads) {
        if (entry !== undefined && entry.position > (newest?.position ?? 0)) newest = entry;
      }
      if (newest === undefined || !visit(newest)) return;
      for (const head of heads) if (head.entry === newest) head.step();
    }
  }
}
