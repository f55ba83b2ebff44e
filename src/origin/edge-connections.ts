import type { PoolOriginName } from "../wire/hub/message.ts";
import type { Dial } from "../wire/recovery/dial.ts";
import type { Note } from "../wire/recovery/note.ts";
import { formatNote, LEFT, parseParting } from "../wire/recovery/note.ts";
import type { Place } from "../wire/hub/content.ts";
import { dialHeaderOf } from "./dial-headers.ts";
import { DialReader } from "./dial-reader.ts";
import type { Connection } from "./socket-insides.ts";
import { sendAside } from "./socket-insides.ts";

/** Which connections are our edge's, as it proves in the header of each dial, and what it is told beside the packets. */
export class EdgeConnections {
  readonly #reader: DialReader;
  readonly #left: (connection: Connection) => void;
  readonly #dials = new WeakMap<Connection, Dial | "none">();
  readonly #births = new WeakMap<Connection, number>();
  readonly #open = new Set<Connection>();
  #origin: PoolOriginName | undefined;

  /** `left` ends what is on a connection that our edge leaves. */
  constructor(token: string, left: (connection: Connection) => void = () => {}) {
    this.#left = left;
    this.#reader = new DialReader(token);
  }

  /** What the edge calls this origin, where it has told. */
  get origin(): PoolOriginName | undefined {
    return this.#origin;
  }

  arrived(connection: Connection): void {
    if (this.#open.has(connection) || connection.readyState !== "open") return;
    this.#open.add(connection);
    this.#births.set(connection, Date.now());
    connection.once("close", () => this.#open.delete(connection));
    if (this.dialOf(connection)) this.#partWith(connection);
  }

  /** `undefined` for a connection that isn't our edge's. */
  dialOf(connection: Connection): Dial | undefined {
    const known = this.#dials.get(connection) ?? this.#read(connection);
    return known === "none" ? undefined : known;
  }

  /**
   * When the session on this connection began, and how often it has been moored. `before`: where a session was that comes
   * back. Only our edge's clock is one for all; by this machine's, who comes back could be the earlier.
   */
  placeOf(connection: Connection, before?: Place): Place {
    const dial = this.dialOf(connection);
    if (dial) return { birth: dial.birth, moorings: dial.moorings };
    const birth = this.#births.get(connection) ?? Date.now();
    return { birth: Math.max(birth, (before?.birth ?? 0) + 1), moorings: 0 };
  }

  /** Sends a note behind what the connection has been sent, if it is our edge's. */
  tell(connection: Connection, note: Note): void {
    if (this.dialOf(connection)) sendAside(connection, formatNote(note).slice(1));
  }

  tellAll(note: Note): void {
    for (const connection of this.#open) this.tell(connection, note);
  }

  /** Waits until none of our edge's is left. */
  async emptied(): Promise<void> {
    for (const connection of this.#open) {
      if (!this.dialOf(connection) || connection.readyState === "closed") continue;
      // Those that come meanwhile are at the end of the set, and so come last.
      await new Promise<void>((resolve) => connection.once("close", () => resolve()));
    }
  }

  /** Ends every connection: our edge's without a close, which is how it knows that the origin is lost, not closed. */
  loseAll(): void {
    for (const connection of this.#open) {
      if (this.dialOf(connection)) connection.request.socket.destroy();
      connection.close(this.dialOf(connection) !== undefined);
    }
  }

  // Behind what has come before, and the end of the turn in which its handlers have run, when records are written.
  #partWith(connection: Connection): void {
    connection.on("packet", ({ type, data }: { type: string; data?: unknown }) => {
      if (type !== "noop" || typeof data !== "string") return;
      if (data === LEFT.slice(1)) this.#left(connection);
      const n = parseParting(data);
      if (n !== undefined) setImmediate(() => this.tell(connection, { type: "parted", n }));
    });
  }

  #read(connection: Connection): Dial | "none" {
    const header = dialHeaderOf(connection);
    const dial = header === undefined ? undefined : this.#reader.read(header);
    this.#dials.set(connection, dial ?? "none");
    if (dial) this.#origin = { pool: dial.pool, name: dial.name };
    return dial ?? "none";
  }
}
