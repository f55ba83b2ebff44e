import type { Adapter } from "socket.io-adapter";

/** What a process is ended by. */
export type ClosingSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGQUIT" | "SIGBREAK" | "SIGUSR2";

/** Something that whoever runs the server should know; `code` is one word for its kind. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

export type WarningListener = (warning: Warning) => void;

export interface AdapterOptions {
  /** Where the edge is: `https://chat.example.com`. */
  readonly url: string | URL;
  /** What the edge has as `MOORING_TOKEN`. */
  readonly token: string;
  /**
   * Signals upon which the server is closed (`io.close()`), which is announced to the edge first; whoever sends one a
   * second time ends the process. None by default.
   */
  readonly closeOn?: readonly ClosingSignal[];
  /** Upon such a signal: how long the edge is given to move sessions elsewhere before the server is closed, in ms. 20 s by default. */
  readonly drainMs?: number;
  /**
   * Gets what whoever runs the server should know, each kind at most once a minute. By default they are warnings of the
   * process.
   */
  readonly onWarning?: WarningListener;
  /** What may wait for a hub that is away, in bytes, before the oldest is dropped. 16 MiB by default. */
  readonly outboxBytes?: number;
  /** With `connectionStateRecovery`: how much of what was emitted lately is remembered, in bytes. 64 MiB by default. */
  readonly pastBytes?: number;
  /** Likewise: a session whose rooms and `data` are larger, in bytes, isn't recovered. 16 KiB by default. */
  readonly maxRecordBytes?: number;
}

/**
 * An adapter that carries events between Socket.IO servers through Mooring's hub: `io.adapter(createAdapter({ url, token }))`.
 * Throws for options that can't be meant; whatever the hub does later never throws.
 */
export declare function createAdapter(
  options: AdapterOptions,
): (nsp: ConstructorParameters<typeof Adapter>[0]) => Adapter;

/** Event names with the signatures of their listeners, as Socket.IO's own maps of events. */
export type EventMap<Map> = { readonly [Name in keyof Map]: (...args: never[]) => unknown };

/** Any event, with any arguments. */
export interface AnyEvents {
  readonly [name: string]: (...args: unknown[]) => void;
}

/** The events that can be emitted from outside: those that want no ack, since nobody would get it. */
export type EventName<Map extends EventMap<Map>> = {
  [Name in keyof Map & string]: WantsAck<Parameters<Map[Name]>> extends true ? never : Name;
}[keyof Map & string];

/** What an event's listeners get. */
export type EventArgs<Map extends EventMap<Map>, Name extends keyof Map> = Parameters<Map[Name]>;

type WantsAck<Args extends readonly unknown[]> = Args extends readonly [
  ...unknown[],
  (...args: never[]) => unknown,
]
  ? true
  : false;

/** Spans in ms, sizes in bytes. */
export interface EmitterOptions {
  /** Of the front door, as its clients have it: https://chat.example.com */
  readonly url: string | URL;
  /** The value of its MOORING_TOKEN. */
  readonly token: string;
  /** What may wait to be sent, 16 MiB if it isn't said; what is emitted beyond it is dropped. */
  readonly maxQueueBytes?: number;
  /** Of one request, 10 s if it isn't said. */
  readonly timeoutMs?: number;
  /** How long the same events are tried again, 30 s if it isn't said, before they are dropped. */
  readonly retryMs?: number;
  /** Told of events that were dropped; a warning of the process if it isn't said. */
  readonly onError?: (error: EmitterError) => void;
}

/** `REFUSED`: with a status that asking again won't change. `UNREACHABLE`: for as long as it was tried. */
export type EmitterErrorCode = "QUEUE_FULL" | "REFUSED" | "UNREACHABLE";

/** Events of an `Emitter` that were not published, as far as is known. */
export declare class EmitterError extends Error {
  override readonly name: "EmitterError";
  readonly code: EmitterErrorCode;
  /** How many of them. */
  readonly events: number;
  /** Of the answer, where there was one. */
  readonly status: number | undefined;
  constructor(
    code: EmitterErrorCode,
    message: string,
    details: { events: number; status?: number | undefined; cause?: unknown },
  );
}

/**
 * Emits to sockets from outside of their servers. Every operator gives a new one and leaves the old as it was. What makes
 * no sense (a reserved event, a value without a form in JSON) throws; all else that fails is told to `onError`.
 */
export interface EmitOperator<EmitEvents extends EventMap<EmitEvents> = AnyEvents> {
  /** Adds rooms: sockets that are in any of them. */
  to(rooms: string | readonly string[]): EmitOperator<EmitEvents>;
  /** The same as `to`. */
  in(rooms: string | readonly string[]): EmitOperator<EmitEvents>;
  /** But for sockets in any of these rooms. */
  except(rooms: string | readonly string[]): EmitOperator<EmitEvents>;
  compress(compress: boolean): EmitOperator<EmitEvents>;
  /** Clients that are not ready to get it needn't. */
  get volatile(): EmitOperator<EmitEvents>;
  /** What is emitted again under the same key is published once, by another process too. */
  key(key: string): EmitOperator<EmitEvents>;
  /** Gives true at once: it is on its way, or false: the queue is full. */
  emit<Name extends EventName<EmitEvents>>(
    event: Name,
    ...args: EventArgs<EmitEvents, Name>
  ): boolean;
  socketsJoin(rooms: string | readonly string[]): void;
  socketsLeave(rooms: string | readonly string[]): void;
  /** `close`: with their connections, and so in all namespaces. */
  disconnectSockets(close?: boolean): void;
}

/** Emits in one namespace: to its sockets, and to its servers. */
export interface NamespaceEmitter<
  EmitEvents extends EventMap<EmitEvents> = AnyEvents,
  ServerSideEvents extends EventMap<ServerSideEvents> = AnyEvents,
> extends EmitOperator<EmitEvents> {
  /** Another namespace, in the same order. */
  of(nsp: string): NamespaceEmitter<EmitEvents, ServerSideEvents>;
  /** Emits to all servers, as their own `serverSideEmit`. */
  serverSideEmit<Name extends EventName<ServerSideEvents>>(
    event: Name,
    ...args: EventArgs<ServerSideEvents, Name>
  ): boolean;
  /** Resolves when all that was emitted so far has been published or dropped (see `onError`); never rejects. */
  flushed(): Promise<void>;
}

/**
 * Emits to the sockets of all servers behind a front door, from a process that has no sockets of its own; in the shape of
 * @socket.io/redis-emitter. What it emits arrives in its order. Throws where its options make no sense.
 */
// oxlint-disable-next-line no-redeclare -- The class, as a value; its instances' type follows.
export declare const Emitter: new <
  EmitEvents extends EventMap<EmitEvents> = AnyEvents,
  ServerSideEvents extends EventMap<ServerSideEvents> = AnyEvents,
>(
  options: EmitterOptions,
) => Emitter<EmitEvents, ServerSideEvents>;

export type Emitter<
  EmitEvents extends EventMap<EmitEvents> = AnyEvents,
  ServerSideEvents extends EventMap<ServerSideEvents> = AnyEvents,
> = NamespaceEmitter<EmitEvents, ServerSideEvents>;
