import type { BroadcastOptions } from "socket.io-adapter";
import type { Address, EmitFlags } from "../wire/hub/content.ts";

/** To whom an operation of Socket.IO's goes, in the hub's words. */
export function addressOf({ rooms, except }: BroadcastOptions): Address {
  return { rooms: [...rooms], except: [...(except ?? [])] };
}

/** Those flags of an emit that other servers need. */
export function flagsOf({ flags }: BroadcastOptions): EmitFlags {
  return {
    ...(flags?.volatile === true && { volatile: true }),
    ...(flags?.compress !== undefined && { compress: flags.compress }),
  };
}

/** The other way round. */
export function optionsOf({ rooms, except }: Address, flags: EmitFlags): BroadcastOptions {
  return { rooms: new Set(rooms), except: new Set(except), flags: { ...flags } };
}
