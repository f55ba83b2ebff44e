import type { Restoring } from "../core/origin/origin.ts";
import type { SessionRecord } from "../wire/hub/content.ts";
import { merged } from "../wire/hub/vector.ts";
import { decodeRecord } from "../wire/hub/content-codec.ts";
import type { Dial } from "../wire/recovery/dial.ts";
import type { Replay } from "../wire/recovery/replay.ts";
import type { Seal } from "./seal.ts";

/** Why a replay brings no session back: what is wrong with its record. */
export type ReplayFault = "unreadable" | "expired";

/**
 * What a replayed CONNECT asks to restore; the record says it, and the edge only how far the client is. `keepMs`: how long
 * events are kept here.
 */
export function replayed(
  replay: Replay,
  dial: Dial,
  asked: { readonly nsp: string; readonly pid: string },
  seal: Seal,
  keepMs: number,
): Restoring | ReplayFault {
  const record = readRecord(replay.record, seal);
  if (record === undefined) return "unreadable";
  // Sealed, but for another session: whoever mixes them up is not to be given somebody else's.
  if (record.nsp !== asked.nsp || record.session.pid !== asked.pid) return "unreadable";
  // Publishers that died are remembered for as long, so that an older record could be taken for one that has seen all.
  if (Date.now() - record.at > 2 * keepMs) return "expired";
  return {
    nsp: record.nsp,
    session: record.session,
    place: { birth: dial.birth, moorings: dial.moorings },
    seen: merged(record.vector, replay.seen),
    vector: record.vector,
    last: replay.last,
    tail: [],
  };
}

function readRecord(sealed: string, seal: Seal): SessionRecord | undefined {
  const bytes = seal.open(sealed);
  return bytes && decodeRecord(bytes);
}
