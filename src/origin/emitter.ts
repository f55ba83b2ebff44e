import type { AnyEvents, EventMap } from "./emitter-events.ts";
import { NamespaceEmitter } from "./emitter-namespace.ts";
import type { EmitterOptions } from "./emitter-options.ts";
import { emitterSettings } from "./emitter-options.ts";
import { EmitterQueue } from "./emitter-queue.ts";

export type { AnyEvents, EventMap } from "./emitter-events.ts";
export { EmitterError } from "./emitter-error.ts";
export type { EmitterErrorCode } from "./emitter-error.ts";
export type { EmitterOptions } from "./emitter-options.ts";

/**
 * Emits to the sockets of all servers behind a front door, from a process that has no sockets of its own; in the shape of
 * @socket.io/redis-emitter. What it emits arrives in its order. Throws where its options make no sense.
 */
export class Emitter<
  EmitEvents extends EventMap<EmitEvents> = AnyEvents,
  ServerSideEvents extends EventMap<ServerSideEvents> = AnyEvents,
> extends NamespaceEmitter<EmitEvents, ServerSideEvents> {
  constructor(options: EmitterOptions) {
    super(new EmitterQueue(emitterSettings(options)), "/");
  }
}
