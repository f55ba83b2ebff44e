/** Names one process that publishes: 16 base64url characters, made of its key (see `uidOf` in docs/hub-protocol.md). */
export type Uid = string & { readonly uid: unique symbol };

/** How far somebody is in each publisher's events: the number of the last; none is 0. */
export type Vector = ReadonlyMap<Uid, number>;

/**
 * A publisher's numbers, without gaps: `uid` for what it publishes to all, `uid/d` for what it emits to single sockets of
 * its own, which no other origin hears of.
 */
export type Stream = (string & { readonly stream: unique symbol }) | Uid;

/** How far one session is in each stream. */
export type StreamVector = ReadonlyMap<Stream, number>;

/** The name of one event. */
export interface EventName {
  readonly stream: Stream;
  readonly n: number;
}

export function isSameName(one: EventName, other: EventName): boolean {
  return one.n === other.n && one.stream === other.stream;
}

export function parseUid(text: string): Uid | undefined {
  return /^[\w-]{16}$/.test(text) ? (text as Uid) : undefined;
}

export function directStream(uid: Uid): Stream {
  return `${uid}/d` as Stream;
}

/** Whose events a stream has. */
export function publisherOf(stream: Stream): Uid {
  return stream.slice(0, 16) as Uid;
}

export function isDirect(stream: Stream): boolean {
  return stream.length > 16;
}

export function parseStream(text: string): Stream | undefined {
  return /^[\w-]{16}(\/d)?$/.test(text) ? (text as Stream) : undefined;
}

/** The later of both in each stream. */
export function merged<Key>(
  one: ReadonlyMap<Key, number>,
  other: ReadonlyMap<Key, number>,
): Map<Key, number> {
  const all = new Map(one);
  for (const [key, n] of other) if (n > (all.get(key) ?? 0)) all.set(key, n);
  return all;
}
