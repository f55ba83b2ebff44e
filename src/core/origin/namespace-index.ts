import type { EventName, Stream } from "../../wire/hub/vector.ts";
import { isDirect, isSameName } from "../../wire/hub/vector.ts";
import { Deque } from "./deque.ts";
import type { PastEntry, Single } from "./past.ts";

type Entries = Deque<PastEntry>;
type SingleEntry = PastEntry & { readonly content: Single };

/** What the past has of one namespace. */
export class NamespaceIndex {
  /** Entries in all lists that have not been dropped. */
  size = 0;
  readonly everyone: Entries = new Deque();
  readonly commands: Entries = new Deque();
  readonly rooms = new Map<string, Entries>();
  readonly singles = new Map<string, Deque<SingleEntry>>();
  /** The events of each publisher, their numbers rising. */
  readonly #published = new Map<Stream, Entries>();

  add(entry: PastEntry): void {
    this.size += 1;
    const { content } = entry;
    if (isSingle(entry)) addTo(this.singles, entry.content.sid, entry);
    else if (content.type === "event") {
      if (content.to.rooms.length === 0) this.everyone.push(entry);
      for (const room of content.to.rooms) addTo(this.rooms, room, entry);
      addTo(this.#published, entry.name.stream, entry);
    } else if (content.type !== "notice") this.commands.push(entry);
  }

  drop(entry: PastEntry): void {
    this.size -= 1;
    const { content } = entry;
    if (isSingle(entry)) dropFrom(this.singles, entry.content.sid, entry);
    else if (content.type === "event") {
      if (this.everyone.first === entry) this.everyone.shift();
      for (const room of content.to.rooms) dropFrom(this.rooms, room, entry);
      dropFrom(this.#published, entry.name.stream, entry);
    } else if (this.commands.first === entry) this.commands.shift();
  }

  /** By what a socket may have got the event of that name: hardly ever more than one, the newest first. */
  named(sid: string, name: EventName): PastEntry[] {
    if (!isDirect(name.stream)) return this.#publishedAs(name);
    const found: PastEntry[] = [];
    const singles = this.singles.get(sid);
    for (let i = (singles?.length ?? 0) - 1; i >= 0; i -= 1) {
      const entry = singles?.at(i);
      if (entry !== undefined && isSameName(entry.content.inner, name)) found.push(entry);
    }
    return found;
  }

  listsFor(sid: string, rooms: Iterable<string>): Deque<PastEntry>[] {
    const lists: Deque<PastEntry>[] = [this.everyone];
    const singles = this.singles.get(sid);
    if (singles !== undefined) lists.push(singles);
    for (const room of rooms) {
      const list = this.rooms.get(room);
      if (list !== undefined) lists.push(list);
    }
    return lists;
  }

  #publishedAs(name: EventName): PastEntry[] {
    const list = this.#published.get(name.stream);
    const entry = list?.at(list.firstNot((one) => one.name.n < name.n));
    return entry !== undefined && isSameName(entry.name, name) ? [entry] : [];
  }
}

function isSingle(entry: PastEntry): entry is SingleEntry {
  return entry.content.type === "direct" || entry.content.type === "forward";
}

function addTo<Key, Item>(lists: Map<Key, Deque<Item>>, key: Key, item: Item): void {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = new Deque()));
  // An address may name a room twice.
  if (list.last !== item) list.push(item);
}

function dropFrom<Key, Item>(lists: Map<Key, Deque<Item>>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list === undefined || list.first !== item) return;
  list.shift();
  if (list.length === 0) lists.delete(key);
}
