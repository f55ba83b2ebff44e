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
