import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Limits } from "../../../src/core/session/session.ts";
import { LIMITS } from "./sessions.ts";
import { NAMESPACES, Voyage } from "./voyage.ts";

const ROOMY: Limits = {
  ...LIMITS,
  creditBytes: 1e9,
  queueBytes: 1e6,
  holdBytes: 1e6,
  silenceMs: 1e9,
  pingInterval: 1e9,
  lossGraceMs: 1e9,
};

const MOVES = [
  ["emit", 9],
  ["connect", 4],
  ["disconnect", 2],
  ["acknowledge", 5],
  ["server emits", 9],
  ["server answers a CONNECT", 9],
  ["server acknowledges", 6],
  ["server kicks", 1],
  ["carry", 40],
  ["kill", 3],
  ["dial", 6],
  ["move", 2],
  ["pass", 4],
] as const;

type Move = (typeof MOVES)[number][0];

const scripts = fc.array(
  fc.tuple(
    fc.oneof(...MOVES.map(([name, weight]) => ({ weight, arbitrary: fc.constant(name) }))),
    fc.nat(1000),
    fc.nat(1000),
  ),
  { minLength: 8, maxLength: 100, size: "max" },
);

describe("a session whose origins come and go", () => {
  test.each(["close", "replay", "keep"] as const)(
    "loses, doubles and mixes up nothing (pending acks: %s)",
    (onPendingAcks) => {
      let runs = 0;
      let survivors = 0;
      fc.assert(
        fc.property(scripts, (script) => {
          const voyage = new Voyage({ ...ROOMY, onPendingAcks });
          for (const [move, a, b] of script) play(voyage, move, a, b);
          settle(voyage);
          runs += 1;
          if (!voyage.isClosed && voyage.wires.length > 1) survivors += 1;
          expect(faultsOf(voyage, onPendingAcks === "replay")).toEqual([]);
        }),
        { numRuns: Number(process.env.VOYAGES ?? 1500) },
      );
      // Sessions that are closed whenever something happens would have no other fault.
      expect(survivors).toBeGreaterThan(runs / 5);
    },
  );
});

function play(voyage: Voyage, move: Move, a: number, b: number): void {
  if (voyage.isClosed) return;
  const nsp = NAMESPACES[a % NAMESPACES.length] ?? "/";
  const isAsking = b % 5 < 2;
  switch (move) {
    case "emit":
      voyage.client.emit(nsp, voyage.nextId(), isAsking);
      break;
    case "connect":
      voyage.client.connect(nsp);
      break;
    case "disconnect":
      voyage.client.disconnect(nsp);
      break;
    case "acknowledge":
      voyage.client.acknowledge(nsp, b);
      break;
    case "server emits":
      voyage.wire.emit(nsp, voyage.nextId(), isAsking);
      break;
    case "server answers a CONNECT":
      voyage.wire.answer(nsp, b % 20 === 0);
      break;
    case "server acknowledges":
      voyage.wire.acknowledge(b);
      break;
    case "server kicks":
      voyage.kick(nsp);
      break;
    case "carry":
      voyage.carry(a, b % 3 === 0 ? Infinity : 1);
      break;
    case "kill":
      voyage.kill(b);
      break;
    case "dial":
      voyage.dial();
      break;
    case "move":
      voyage.handle({ type: "move-wanted" });
      break;
    case "pass":
      voyage.pass(b);
      break;
  }
}

/** Lets everything on its way arrive, and every server answer. */
function settle(voyage: Voyage): void {
  for (let i = 0; i < 100 && !voyage.isClosed; i++) {
    voyage.pass(1000);
    voyage.dial();
    for (let n = 0; n < 200 && voyage.carry(n, 1); n++);
    for (const nsp of voyage.wire.pending) voyage.wire.answer(nsp);
    for (const nsp of NAMESPACES) voyage.client.acknowledge(nsp, 0);
    voyage.wire.acknowledge(0);
  }
}

function faultsOf(voyage: Voyage, mayDouble: boolean): string[] {
  const faults = [...voyage.faults, ...voyage.client.faults];
  for (const wire of voyage.wires) {
    faults.push(...wire.crossed);
    const { fault } = wire;
    if (fault === undefined || NAMESPACES.some((nsp) => voyage.wasKicked(nsp))) continue;
    faults.push(`a server closed the connection: ${fault}`);
  }
  for (const nsp of NAMESPACES) {
    faults.push(...uplinkFaults(voyage, nsp, mayDouble));
    if (!voyage.isClosed) faults.push(...endFaults(voyage, nsp));
  }
  return faults;
}

/** What servers got of the client, in a pid's life: once, in order. */
function uplinkFaults(voyage: Voyage, nsp: string, mayDouble: boolean): string[] {
  const got = voyage.wires.flatMap((wire) => wire.got).filter((one) => one.nsp === nsp);
  const faults: string[] = [];
  let last = 0;
  for (const { id } of got) {
    if (id === last && !mayDouble) faults.push(`uplink doubled: ${id}`);
    // What has been asked twice may be what killed those that it was asked.
    if (got.filter((one) => one.id === id).length > 2) faults.push(`uplink tripled: ${id}`);
    if (id < last && !mayDouble) faults.push(`uplink out of order: ${id} after ${last}`);
    last = Math.max(last, id);
  }
  return faults;
}

function endFaults(voyage: Voyage, nsp: string): string[] {
  const { client, wire } = voyage;
  const phase = client.phaseOf(nsp);
  const pid = wire.joined.get(nsp);
  if (phase === "connecting") return [`CONNECT to ${nsp} was never answered`];
  if (phase === "connected" && pid === undefined) {
    return [`the client believes itself connected to ${nsp}, and no server has it`];
  }
  if (phase === "idle" && pid !== undefined && !voyage.wasKicked(nsp)) {
    return [`a server has ${nsp} connected, and the client does not`];
  }
  if (phase !== "connected" || pid === undefined) return [];
  if (voyage.unsentIn(nsp).length > 0 && !voyage.wasKicked(nsp)) {
    return [`the edge has kept for itself what the client sent to ${nsp}`];
  }
  const [unanswered] = wire.unansweredIn(nsp);
  if (unanswered !== undefined) return [`the client's answer to ${unanswered} never came`];
  const events = voyage.memory.get(pid)?.events ?? [];
  // A stock client keeps what its former socket was sent for the next one, without an edge, too.
  const got = client.gotIn(nsp).filter((id) => events.includes(id));
  return events.join() === got.join()
    ? []
    : [`in ${nsp} the client got ${got.join()} of ${events.join()}`];
}
