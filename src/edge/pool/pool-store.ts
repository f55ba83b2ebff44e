import type { Persisted } from "../../core/pool/persisted.ts";
import type { Effect } from "../../core/pool/state.ts";
import type { ObjectId } from "../../wire/sid.ts";
import { objectId } from "../../wire/sid.ts";

const PERSISTED_KEY = "persisted";
const NAME_KEY = "name";

/**
 * Keys of the session objects that have sessions. A row is written when an object gets its first session and when its
 * last has gone: 1.00 USD for 50 million sessions that share objects by the hundred, for half a million that each have
 * one to themselves.
 */
const OBJECT_PREFIX = "object/";

/** What outlives a pool object. */
export class PoolStore {
  readonly #kv: SyncKvStorage;

  constructor({ kv }: DurableObjectStorage) {
    this.#kv = kv;
  }

  /** The pool's name, for alarms, which bring none. */
  name(): string | undefined {
    return this.#kv.get<string>(NAME_KEY);
  }

  keepName(name: string): void {
    this.#kv.put(NAME_KEY, name);
  }

  /** What operators have ordered. */
  persisted(): Persisted | undefined {
    return this.#kv.get<Persisted>(PERSISTED_KEY);
  }

  /** The session objects to be asked what they have. */
  objects(): readonly ObjectId[] {
    const entries = [...this.#kv.list({ prefix: OBJECT_PREFIX })];
    return entries.map(([key]) => objectId(key.slice(OBJECT_PREFIX.length)));
  }

  write(effect: Written): void {
    switch (effect.type) {
      case "persist":
        this.#kv.put(PERSISTED_KEY, effect.persisted);
        break;
      case "remember-object":
        this.#kv.put(OBJECT_PREFIX + effect.object, true);
        break;
      case "forget-objects":
        for (const object of effect.objects) this.#kv.delete(OBJECT_PREFIX + object);
        break;
    }
  }
}

type Written = Extract<Effect, { type: "persist" | "remember-object" | "forget-objects" }>;
