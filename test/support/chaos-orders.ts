/** What an origin of the chaos is told to do. Each order is answered. */
export type ChaosOrder =
  /** Starts to emit numbered events, or stops. */
  { readonly do: "emit"; readonly isOn: boolean } | { readonly do: "look" };

/** How far an origin is. */
export interface ChaosLook {
  /** Which process it is: one that is started again is another. */
  readonly name: string;
  /** The number of its last broadcast. */
  readonly broadcasts: number;
  /** The number of the last event that it emitted to each socket, by socket id, those that have gone included. */
  readonly directs: Readonly<Record<string, number>>;
  /** The ids of the sockets that are here. */
  readonly sids: readonly string[];
  readonly servers: number;
  /** The codes of its warnings so far. */
  readonly warnings: readonly string[];
}

/** To all; and to one socket. Each has its origin's name and its number there. */
export const BROADCAST = "broadcast";
export const DIRECT = "direct";
