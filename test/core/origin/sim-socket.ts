import type { Place, SessionState } from "../../../src/wire/hub/content.ts";
import { dataOf, NSP, sidOf } from "./sim-names.ts";
import type { Wire } from "./sim-wire.ts";

/** A Socket.IO socket on one origin. */
export class SimSocket {
  readonly pid: string;
  readonly wire: Wire;
  readonly place: Place;
  readonly rooms: Set<string>;
  /** How many changes of rooms by the application it knows of. */
  version = 0;

  constructor(pid: string, wire: Wire, place: Place, rooms: Iterable<string>) {
    this.pid = pid;
    this.wire = wire;
    this.place = place;
    this.rooms = new Set(rooms);
  }

  get sid(): string {
    return sidOf(this.pid);
  }

  get name(): { readonly nsp: string; readonly sid: string } {
    return { nsp: NSP, sid: this.sid };
  }

  get state(): SessionState {
    return {
      sid: this.sid,
      pid: this.pid,
      rooms: [...this.rooms],
      data: dataOf(this.pid, this.version),
    };
  }
}
