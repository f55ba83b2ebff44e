/**
 * What the side door takes, as JSON: one of these, or a list of them. `key`: the same key with the same content is published
 * once. `nsp`: "/" without; `rooms`: all sockets without or with none; `args`: in the forms of json-form.ts.
 */
export type Emission =
  | (ToSockets & {
      readonly op?: "emit";
      readonly event: string;
      readonly args?: readonly unknown[];
      readonly flags?: { readonly volatile?: boolean; readonly compress?: boolean };
    })
  | (ToSockets & { readonly op: "socketsJoin"; readonly join: readonly string[] })
  | (ToSockets & { readonly op: "socketsLeave"; readonly leave: readonly string[] })
  | (ToSockets & { readonly op: "disconnectSockets"; readonly close?: boolean })
  | (Common & {
      readonly op: "serverSideEmit";
      readonly event: string;
      readonly args?: readonly unknown[];
    });

interface Common {
  readonly nsp?: string;
  readonly key?: string;
}

interface ToSockets extends Common {
  readonly rooms?: readonly string[];
  readonly except?: readonly string[];
}

export type Operation = NonNullable<Emission["op"]>;

/** Of a request's body. */
export const MAX_EMIT_BYTES = 8 * 1024 * 1024;

export const MAX_EMISSIONS = 1000;

/** Of rooms in one list. */
export const MAX_ROOMS = 1000;

/** Of a room's, namespace's or event's name. */
export const MAX_NAME_CHARACTERS = 1024;

/** Idempotency keys: printable ASCII, since they travel in a header field too. */
export const KEY_FORM = /^[!-~]{1,256}$/;

/** Names whose requests go to one shard, and so keep their order. */
export const EMITTER_FORM = /^[\w.-]{1,64}$/;

/** The header field with such a name. */
export const EMITTER_HEADER = "mooring-emitter";

/** Events that Socket.IO's servers and clients emit themselves, and refuse of others. */
export const RESERVED_EVENTS: ReadonlySet<string> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

/** The same among servers. */
export const RESERVED_SERVER_EVENTS: ReadonlySet<string> = new Set([
  "connect",
  "connection",
  "new_namespace",
]);
