import type { Sid } from "../../wire/sid.ts";
import { ownerOf, ownerText } from "../../wire/sid.ts";
import type { Sessions } from "../contracts.ts";

/** Ids kept; with a hundred sessions to each, more clients than one isolate has. */
const MAX_KEPT = 10_000;

/**
 * Ids of session objects by sids. Kept, because the platform checks its signature on an id each time that one is made
 * of a text, and every poll would have it checked anew.
 */
export class SessionIds {
  readonly #namespace: DurableObjectNamespace<Sessions>;
  readonly #kept = new Map<string, DurableObjectId>();

  constructor(namespace: DurableObjectNamespace<Sessions>) {
    this.#namespace = namespace;
  }

  /** The object that a sid names; `undefined` when the platform never made one of that id in this namespace. */
  find(sid: Sid): DurableObjectId | undefined {
    const text = ownerText(sid);
    const known = this.#kept.get(text);
    if (known) return known;
    const id = this.#make(sid);
    if (id) this.#keep(text, id);
    return id;
  }

  // The platform signs its ids: one that it did not make for this namespace is refused here, and wakes nothing.
  #make(sid: Sid): DurableObjectId | undefined {
    const owner = ownerOf(sid);
    try {
      return owner && this.#namespace.idFromString(owner);
    } catch {
      return undefined;
    }
  }

  #keep(text: string, id: DurableObjectId): void {
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(text, id);
  }
}
