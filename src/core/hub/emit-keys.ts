import type { Body } from "../../wire/hub/message.ts";
import { digest } from "./digest.ts";

/** What the side door has the hub publish. `key`: what comes again with it is published once. */
export interface Publication {
  readonly body: Body;
  readonly key?: string;
}

/** `index`: of the first publication whose key was used for another body; nothing of the list is published then. */
export type EmitAnswer =
  | { readonly type: "accepted"; readonly repeated: number }
  | { readonly type: "key-reused"; readonly index: number };

export type Admitted =
  | { readonly type: "fresh"; readonly publications: readonly Publication[] }
  | { readonly type: "key-reused"; readonly index: number };

export const KEY_AGE_MS = 10 * 60 * 1000;

export const MAX_KEYS = 10_000;

/** The keys that have been published lately: in memory, the oldest forgotten first. `now` is given, never read. */
export class EmitKeys {
  // In the order in which they came, and so of their age.
  readonly #known = new Map<string, { readonly digest: string; readonly at: number }>();

  get size(): number {
    return this.#known.size;
  }

  /** What of the list is to be published; all or nothing is remembered. */
  admit(list: readonly Publication[], now: number): Admitted {
    this.#forget(now);
    const fresh: Publication[] = [];
    const added = new Map<string, string>();
    for (const [index, publication] of list.entries()) {
      const { key, body } = publication;
      if (key === undefined) {
        fresh.push(publication);
        continue;
      }
      const [known, given] = [added.get(key) ?? this.#known.get(key)?.digest, digest(body)];
      if (known === undefined) {
        fresh.push(publication);
        added.set(key, given);
      } else if (known !== given) {
        return { type: "key-reused", index };
      }
    }
    for (const [key, given] of added) this.#known.set(key, { digest: given, at: now });
    this.#forget(now);
    return { type: "fresh", publications: fresh };
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#known) {
      if (this.#known.size <= MAX_KEYS && now - at < KEY_AGE_MS) return;
      this.#known.delete(key);
    }
  }
}
