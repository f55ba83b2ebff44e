import * as v from "valibot";
import type { Settled } from "../../core/hub/hub.ts";
import type { Uid } from "../../wire/hub/vector.ts";
import { parseUid } from "../../wire/hub/vector.ts";

// What the platform keeps with a hibernated socket is all that a sleeping shard has. It is worth something only where
// all sockets have it of one moment.

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const uid = v.custom<Uid>((value) => typeof value === "string" && parseUid(value) !== undefined);

const ATTACHMENT = v.object({
  /** Of the moment at which all were written. */
  moment: v.string(),
  settled: v.object({ uid, last: count, taken: v.map(uid, count), sentBytes: count }),
});

/** Writes down how far all links are; not where that is too much for the platform: then they begin anew after a sleep. */
export function attach(
  sockets: ReadonlyMap<Uid, WebSocket>,
  settled: readonly Settled[],
  moment: string,
): void {
  try {
    for (const each of settled)
      sockets.get(each.uid)?.serializeAttachment({ moment, settled: each });
  } catch {
    detach(sockets);
  }
}

/** What is written down is no longer so. */
export function detach(sockets: ReadonlyMap<Uid, WebSocket>): void {
  for (const socket of sockets.values()) socket.serializeAttachment(null);
}

/** What has been written down with these sockets; `undefined` where it isn't whole. */
export function attached(sockets: readonly WebSocket[]): readonly Settled[] | undefined {
  const all: Settled[] = [];
  let moment: string | undefined;
  for (const socket of sockets) {
    const read = v.safeParse(ATTACHMENT, socket.deserializeAttachment());
    if (!read.success || (moment ?? read.output.moment) !== read.output.moment) return undefined;
    ({ moment } = read.output);
    all.push(read.output.settled);
  }
  return all;
}
