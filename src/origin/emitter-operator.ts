import { readEmissions } from "../core/hub/emission-reader.ts";
import type { Emission } from "../wire/hub/emission.ts";
import { JSON_FORMS, plainValue } from "../wire/hub/json-form.ts";
import type { AnyEvents, EventArgs, EventMap, EventName } from "./emitter-events.ts";
import type { EmitterQueue } from "./emitter-queue.ts";

type Rooms = string | readonly string[];

/** To whom, and how. */
export interface Target {
  readonly nsp: string;
  readonly rooms: readonly string[];
  readonly except: readonly string[];
  readonly flags: { readonly volatile?: boolean; readonly compress?: boolean };
  readonly key: string | undefined;
}

/**
 * Emits to sockets from outside of their servers. Every operator gives a new one and leaves the old as it was. What makes
 * no sense (a reserved event, a value without a form in JSON) throws; all else that fails is told to `onError`.
 */
export class EmitOperator<EmitEvents extends EventMap<EmitEvents> = AnyEvents> {
  readonly #queue: EmitterQueue;
  readonly #target: Target;

  constructor(queue: EmitterQueue, target: Target) {
    this.#queue = queue;
    this.#target = target;
  }

  /** Adds rooms: sockets that are in any of them. */
  to(rooms: Rooms): EmitOperator<EmitEvents> {
    return this.#with({ rooms: [...this.#target.rooms, ...listOf(rooms)] });
  }

  /** The same as `to`. */
  in(rooms: Rooms): EmitOperator<EmitEvents> {
    return this.to(rooms);
  }

  /** But for sockets in any of these rooms. */
  except(rooms: Rooms): EmitOperator<EmitEvents> {
    return this.#with({ except: [...this.#target.except, ...listOf(rooms)] });
  }

  compress(compress: boolean): EmitOperator<EmitEvents> {
    return this.#with({ flags: { ...this.#target.flags, compress } });
  }

  /** Clients that are not ready to get it needn't. */
  get volatile(): EmitOperator<EmitEvents> {
    return this.#with({ flags: { ...this.#target.flags, volatile: true } });
  }

  /** What is emitted again under the same key is published once, by another process too (docs/emit.md: for how long). */
  key(key: string): EmitOperator<EmitEvents> {
    return this.#with({ key });
  }

  /** Gives true at once: it is on its way, or false: the queue is full. */
  emit<Name extends EventName<EmitEvents>>(
    event: Name,
    ...args: EventArgs<EmitEvents, Name>
  ): boolean {
    const { flags } = this.#target;
    return this.#put({ op: "emit", ...this.#address(), flags, event, args: plainArgs(args) });
  }

  socketsJoin(rooms: Rooms): void {
    this.#put({ op: "socketsJoin", ...this.#address(), join: listOf(rooms) });
  }

  socketsLeave(rooms: Rooms): void {
    this.#put({ op: "socketsLeave", ...this.#address(), leave: listOf(rooms) });
  }

  /** `close`: with their connections, and so in all namespaces. */
  disconnectSockets(close = false): void {
    this.#put({ op: "disconnectSockets", ...this.#address(), close });
  }

  #address() {
    const { nsp, rooms, except, key } = this.#target;
    return { nsp, rooms, except, ...(key === undefined ? {} : { key }) };
  }

  #put(emission: Emission): boolean {
    return putChecked(this.#queue, emission);
  }

  #with(target: Partial<Target>): EmitOperator<EmitEvents> {
    return new EmitOperator(this.#queue, { ...this.#target, ...target });
  }
}

/** By the rules of the side door itself, so that it is the caller who hears of a mistake. */
export function putChecked(queue: EmitterQueue, emission: Emission): boolean {
  const read = readEmissions(emission, { read: (value) => value, encode: () => "" });
  if (read.type === "bad") throw new TypeError(read.faults.join(" "));
  return queue.put(emission);
}

/** Throws for what can't travel. */
export function plainArgs(args: readonly unknown[]): readonly unknown[] {
  if (typeof args.at(-1) === "function") {
    throw new TypeError("Expected no acknowledgement: there is nobody here who could get it.");
  }
  return args.map((arg, index) => plainValue(arg, JSON_FORMS, `${index}`));
}

function listOf(rooms: Rooms): readonly string[] {
  return [rooms].flat();
}
