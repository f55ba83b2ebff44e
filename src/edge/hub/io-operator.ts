import { RpcTarget } from "cloudflare:workers";
import type { Emission } from "../../wire/hub/emission.ts";

type Rooms = string | readonly string[];

/** Publishes it; rejects with a TypeError where it makes no sense, with another error where it can't be done. */
export type Publish = (emission: Emission) => Promise<true>;

/** To whom, and how. */
interface Target {
  readonly nsp?: string;
  readonly rooms?: readonly string[];
  readonly except?: readonly string[];
  readonly flags?: { readonly volatile?: boolean; readonly compress?: boolean };
  readonly key?: string;
}

/** What another Worker emits by, over its service binding. Every operator gives a new one and leaves the old as it was. */
export class IoOperator extends RpcTarget {
  readonly #publish: Publish;
  readonly #target: Target;

  constructor(publish: Publish, target: Target = {}) {
    super();
    this.#publish = publish;
    this.#target = target;
  }

  /** In this namespace; "/" without. */
  of(nsp: string): IoOperator {
    return this.#with({ nsp });
  }

  /** Adds rooms: sockets that are in any of them. */
  to(rooms: Rooms): IoOperator {
    return this.#with({ rooms: [...(this.#target.rooms ?? []), ...listOf(rooms)] });
  }

  /** The same as `to`. */
  in(rooms: Rooms): IoOperator {
    return this.to(rooms);
  }

  /** But for sockets in any of these rooms. */
  except(rooms: Rooms): IoOperator {
    return this.#with({ except: [...(this.#target.except ?? []), ...listOf(rooms)] });
  }

  compress(compress: boolean): IoOperator {
    return this.#with({ flags: { ...this.#target.flags, compress } });
  }

  /** Clients that are not ready to get it needn't. */
  get volatile(): IoOperator {
    return this.#with({ flags: { ...this.#target.flags, volatile: true } });
  }

  /** What is emitted again under the same key is published once (docs/emit.md: for how long). */
  key(key: string): IoOperator {
    return this.#with({ key });
  }

  emit(event: string, ...args: unknown[]): Promise<true> {
    return this.#publish({ ...this.#target, op: "emit", event, args });
  }

  serverSideEmit(event: string, ...args: unknown[]): Promise<true> {
    return this.#publish({ ...this.#target, op: "serverSideEmit", event, args });
  }

  socketsJoin(rooms: Rooms): Promise<true> {
    return this.#publish({ ...this.#target, op: "socketsJoin", join: listOf(rooms) });
  }

  socketsLeave(rooms: Rooms): Promise<true> {
    return this.#publish({ ...this.#target, op: "socketsLeave", leave: listOf(rooms) });
  }

  /** `close`: with their connections, and so in all namespaces. */
  disconnectSockets(close = false): Promise<true> {
    return this.#publish({ ...this.#target, op: "disconnectSockets", close });
  }

  #with(target: Target): IoOperator {
    return new IoOperator(this.#publish, { ...this.#target, ...target });
  }
}

/** What is no list is one room, or no text, which is said in a sentence where the emission is read. */
function listOf(rooms: Rooms): readonly string[] {
  return [rooms].flat();
}
