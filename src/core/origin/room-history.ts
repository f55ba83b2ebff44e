interface Change {
  /** Holds for entries at this position and after it. */
  readonly position: number;
  readonly room: string;
  readonly isJoined: boolean;
}

/** The rooms of one socket as they are, and as they were at each position of the past that may still be asked for. */
export class RoomHistory {
  readonly #rooms: Set<string>;
  #changes: Change[] = [];

  constructor(rooms: Iterable<string>) {
    this.#rooms = new Set(rooms);
  }

  get rooms(): ReadonlySet<string> {
    return this.#rooms;
  }

  get changes(): number {
    return this.#changes.length;
  }

  /** All rooms that it is in, or was in as far as this reaches back. */
  everIn(): ReadonlySet<string> {
    if (this.#changes.length === 0) return this.#rooms;
    const rooms = new Set(this.#rooms);
    for (const { room } of this.#changes) rooms.add(room);
    return rooms;
  }

  /** Whether that changed anything. */
  join(room: string, position: number): boolean {
    if (this.#rooms.has(room)) return false;
    this.#rooms.add(room);
    this.#changes.push({ position, room, isJoined: true });
    return true;
  }

  leave(room: string, position: number): boolean {
    if (!this.#rooms.delete(room)) return false;
    this.#changes.push({ position, room, isJoined: false });
    return true;
  }

  /** Rooms at positions that are asked for in falling order. */
  backward(): (position: number) => ReadonlySet<string> {
    const changes = this.#changes;
    if (changes.length === 0) return () => this.#rooms;
    const rooms = new Set(this.#rooms);
    let left = changes.length;
    return (position) => {
      for (;;) {
        const change = changes[left - 1];
        if (change === undefined || change.position <= position) return rooms;
        if (change.isJoined) rooms.delete(change.room);
        else rooms.add(change.room);
        left -= 1;
      }
    };
  }

  /** Nobody asks for a position before this one again. */
  forget(before: number): void {
    const first = this.#changes[0];
    if (first === undefined || first.position > before) return;
    this.#changes = this.#changes.filter(({ position }) => position > before);
  }
}
