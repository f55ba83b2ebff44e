import type { Restored } from "../../../src/core/origin/origin.ts";
import type { Content } from "../../../src/wire/hub/content.ts";
import type { Stream, StreamVector } from "../../../src/wire/hub/vector.ts";
import type { MachineStage } from "./machine-stage.ts";
import { offset, restoringOf, room } from "./machine-stage.ts";
import { NSP } from "./sim-names.ts";

type Given = Parameters<typeof restoringOf>[1];

export const S = { nsp: NSP, sid: "s" };
export const LATER = { birth: 1, moorings: 2 };

export function seen(...all: [Stream, number][]): StreamVector {
  return new Map(all);
}

export function command(type: "join" | "leave", to: string, named: string): Content {
  return { type, nsp: NSP, to: room(to), rooms: [named] };
}

export function disconnect(to: string): Content {
  return { type: "disconnect", nsp: NSP, to: room(to), close: true };
}

export function notice(place = LATER, of: StreamVector = new Map()): Content {
  return { type: "notice", nsp: NSP, sid: "s", place, seen: of };
}

/** Restores the session "s"; throws where it is refused. */
export function restore(stage: MachineStage, given: Given = {}): Restored | undefined {
  const refusal = stage.origin.restoring(restoringOf("s", given), stage.now);
  if (refusal !== undefined) throw new Error(`Expected a session to be restored, got ${refusal}.`);
  return stage.origin.restored(S, stage.now);
}

/** The offsets of what it has missed. */
export function missedBy(stage: MachineStage, given: Given = {}): string[] | undefined {
  return restore(stage, given)?.missed.map(({ name }) => offset(name.stream, name.n));
}
