import type { AnyEvents, EventArgs, EventMap, EventName } from "./emitter-events.ts";
import { EmitOperator, plainArgs, putChecked } from "./emitter-operator.ts";
import type { EmitterQueue } from "./emitter-queue.ts";

/** Emits in one namespace: to its sockets, and to its servers. */
export class NamespaceEmitter<
  EmitEvents extends EventMap<EmitEvents> = AnyEvents,
  ServerSideEvents extends EventMap<ServerSideEvents> = AnyEvents,
> extends EmitOperator<EmitEvents> {
  readonly #queue: EmitterQueue;
  readonly #nsp: string;

  constructor(queue: EmitterQueue, nsp: string) {
    super(queue, { nsp, rooms: [], except: [], flags: {}, key: undefined });
    this.#queue = queue;
    this.#nsp = nsp;
  }

  /** Another namespace, in the same order. */
  of(nsp: string): NamespaceEmitter<EmitEvents, ServerSideEvents> {
    return new NamespaceEmitter(this.#queue, nsp.startsWith("/") ? nsp : `/${nsp}`);
  }

  /** Emits to all servers, as their own `serverSideEmit`. */
  serverSideEmit<Name extends EventName<ServerSideEvents>>(
    event: Name,
    ...args: EventArgs<ServerSideEvents, Name>
  ): boolean {
    const emission = {
      op: "serverSideEmit",
      nsp: this.#nsp,
      event,
      args: plainArgs(args),
    } as const;
    return putChecked(this.#queue, emission);
  }

  /** Resolves when all that was emitted so far has been published or dropped (see `onError`); never rejects. */
  flushed(): Promise<void> {
    return this.#queue.flushed();
  }
}
