import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Limits } from "../../../src/core/session/session.ts";
import { spacesBytes } from "../../../src/core/session/spaces.ts";
import { LIMITS } from "./sessions.ts";
import { Voyage } from "./voyage.ts";
import { NAMESPACES } from "./witness.ts";

const ROOMY: Limits = {
  ...LIMITS,
  creditBytes: 1e9,
  queueBytes: 1e6,
  holdBytes: 1e6,
  silenceMs: 1e9,
  pingInterval: 1e9,
  pingTimeout: 1e9,
  lossGraceMs: 1e9,
};

const MOVES = [
  ["emit", 10],
  ["connect", 6],
  ["connect again", 3],
  ["disconnect", 2],
  ["acknowledge", 5],
  ["server emits", 10],
  ["server answers a CONNECT", 14],
  ["server acknowledges", 4],
  ["server kicks", 1],
  ["server kicks who leaves and comes", 1],
  ["server is too young", 2],
  ["server closes", 1],
  ["carry", 60],
  ["kill", 4],
  ["dial", 8],
  ["dial in vain", 1],
  ["move", 3],
  ["move at last", 1],
  ["pass", 4],
] as const;

type Move = (typeof MOVES)[number][0];

const scripts = fc.array(
  fc.tuple(
    fc.oneof(...MOVES.map(([name, weight]) => ({ weight, arbitrary: fc.constant(name) }))),
    fc.nat(1000),
    fc.nat(1000),
  ),
  { minLength: 8, maxLength: 120, size: "max" },
);

/** What sessions end by of which more is to be kept than may be. */
const BOUNDS = [Causes.heldTooMuch, Causes.originPacketTooLarge, Causes.clientTooSlow];

/** Many sessions have room for all, so that only what is wrong ends them. */
const bounds = fc.oneof(
  fc.constant({}),
  fc.record({
    holdBytes: fc.oneof(fc.constant(1e6), fc.integer({ min: 200, max: 1500 })),
    queueBytes: fc.oneof(fc.constant(1e6), fc.integer({ min: 200, max: 1500 })),
    creditBytes: fc.oneof(fc.constant(1e9), fc.integer({ min: 20, max: 300 })),
  }),
  // Of clients that are slow to read.
  fc.record({
    queueBytes: fc.integer({ min: 350, max: 550 }),
    creditBytes: fc.integer({ min: 20, max: 100 }),
  }),
);

/** Most clients have come already, and one in two has had a session before. */
const beginnings = fc.record({
  had: fc.constantFrom(undefined, undefined, 0, 2),
  joined: fc.constantFrom([], ["/"], NAMESPACES, NAMESPACES),
});

describe("a session whose origins come and go", () => {
  test.each(["close", "replay", "keep"] as const)(
    "loses, doubles and mixes up nothing (pending acks: %s)",
    (onPendingAcks) => {
      let survivors = 0;
      const ends = new Set<string>();
      const numRuns = Number(process.env.VOYAGES ?? 2500);
      fc.assert(
        fc.property(beginnings, bounds, scripts, ({ had, joined }, limits, script) => {
          const voyage = new Voyage({ ...ROOMY, ...limits, onPendingAcks }, had);
          for (const nsp of joined) join(voyage, nsp);
          for (const [move, a, b] of script) play(voyage, move, a, b);
          settle(voyage);
          const { transport } = voyage.session;
          if (transport.phase === "closed") ends.add(transport.cause.text);
          if (!voyage.isClosed && voyage.wires.length > 1) survivors += 1;
          expect(faultsOf(voyage, onPendingAcks === "replay")).toEqual([]);
        }),
        { numRuns },
      );
      // Sessions that are closed whenever something happens would have no other fault.
      expect(survivors).toBeGreaterThan(numRuns / 4);
      expect([...ends]).toEqual(expect.arrayContaining(BOUNDS.map(({ text }) => text)));
    },
  );
});

function join(voyage: Voyage, nsp: string): void {
  voyage.client.connect(nsp);
  while (voyage.carry(0, 1));
  voyage.wire.answer(nsp);
  while (voyage.carry(0, 1));
}

function play(voyage: Voyage, move: Move, a: number, b: number): void {
  if (voyage.isClosed) return;
  const nsp = NAMESPACES[a % NAMESPACES.length] ?? "/";
  const isAsking = b % 5 < 2;
  switch (move) {
    case "emit":
      voyage.client.emit(nsp, voyage.nextId(), isAsking, b % 3);
      break;
    case "connect":
      voyage.client.connect(nsp);
      break;
    case "connect again":
      voyage.connectAgain(nsp);
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
    case "server kicks who leaves and comes":
      crossKick(voyage, nsp);
      break;
    case "server is too young":
      voyage.refuse(nsp);
      break;
    case "server closes":
      voyage.wire.shutDown(b % 2 === 0);
      break;
    case "carry":
      voyage.carry(a, b % 3 === 0 ? Infinity : 1);
      break;
    case "kill":
      voyage.kill(b);
      break;
    case "dial":
      voyage.dial(b);
      break;
    case "dial in vain":
      voyage.failDial("unreachable");
      break;
    case "move":
      voyage.handle({ type: "move-wanted" });
      break;
    case "move at last":
      voyage.handle({ type: "move-overdue", cause: Causes.drained });
      break;
    case "pass":
      voyage.pass(b * 1.5);
      break;
  }
}

function crossKick(voyage: Voyage, nsp: string): void {
  voyage.client.disconnect(nsp);
  voyage.kick(nsp);
  while (voyage.client.toEdge.length > 0 && !voyage.isClosed) voyage.carry(0, 1);
  voyage.pass(20);
  voyage.client.connect(nsp);
}

/** Lets everything on its way arrive, and every server answer. */
function settle(voyage: Voyage): void {
  for (let i = 0, isBusy = true; i < 200 && isBusy && !voyage.isClosed; i++) {
    voyage.pass(i === 0 ? 5000 : 1000);
    voyage.dial(i);
    isBusy = !voyage.isSteady;
    for (let n = 0; voyage.carry(n, 1); n++) isBusy = true;
    for (const nsp of voyage.wire.pending) {
      voyage.wire.answer(nsp);
      isBusy = true;
    }
    for (const nsp of NAMESPACES) while (voyage.client.acknowledge(nsp, 0)) isBusy = true;
    while (voyage.wire.acknowledge(0)) isBusy = true;
  }
}

function faultsOf(voyage: Voyage, mayDouble: boolean): string[] {
  const { witness, client, session } = voyage;
  const faults = [...witness.faults, ...client.faults];
  for (const wire of voyage.wires) {
    faults.push(...wire.crossed);
    const { fault } = wire;
    // A client that is thrown out while it leaves and comes may come twice, to a later server too, and without an edge.
    const isExcused =
      wire.kicked.size > 0 || (witness.kicked.size > 0 && fault?.includes("second"));
    if (fault !== undefined && isExcused !== true) {
      faults.push(`a server closed the connection: ${fault}`);
    }
  }
  for (const nsp of NAMESPACES) {
    faults.push(...uplinkFaults(voyage, nsp, mayDouble));
    if (!voyage.isClosed) faults.push(...endFaults(voyage, nsp));
  }
  const keptBytes = session.down.bytes + spacesBytes(session.spaces);
  if (keptBytes > 0 && !voyage.isClosed) faults.push(`${keptBytes} bytes are kept for nobody`);
  return faults;
}

/** What servers got of the client: once, but for a question that was asked again, and in order. */
function uplinkFaults(voyage: Voyage, nsp: string, mayDouble: boolean): string[] {
  const faults: string[] = [];
  const times = new Map<number, number>();
  let last = 0;
  for (const { id, isQuestion } of voyage.wires.flatMap((wire) =>
    wire.got.filter((one) => one.nsp === nsp),
  )) {
    const before = times.get(id) ?? 0;
    times.set(id, before + 1);
    // What has been asked twice may be what killed those that it was asked.
    if (before > (mayDouble && isQuestion ? 1 : 0)) faults.push(`uplink once too often: ${id}`);
    if (before === 0 && id < last) faults.push(`uplink out of order: ${id} after ${last}`);
    last = Math.max(last, id);
  }
  return faults;
}

function endFaults(voyage: Voyage, nsp: string): string[] {
  const { client, wire, witness } = voyage;
  const phase = client.phaseOf(nsp);
  const pid = wire.joined.get(nsp);
  if (phase === "connecting" && !witness.kicked.has(nsp)) {
    return [`CONNECT to ${nsp} was never answered`];
  }
  if (phase === "connected" && pid === undefined) {
    return [`the client believes itself connected to ${nsp}, and no server has it`];
  }
  if (phase === "idle" && pid !== undefined && !witness.kicked.has(nsp)) {
    return [`a server has ${nsp} connected, and the client does not`];
  }
  if (phase !== "connected" || pid === undefined) return [];
  if (!client.hasSaid(nsp, wire.tokenOf(nsp)) && !witness.kicked.has(nsp)) {
    return [`a server has ${nsp} connected by what the client said in another life`];
  }
  const [unanswered] = wire.unansweredIn(nsp);
  if (unanswered !== undefined) return [`the client's answer to ${unanswered} never came`];
  const hanging = client.unansweredIn(nsp).filter((id) => !witness.aged.has(id));
  if (hanging.length > 0 && voyage.session.limits.onPendingAcks !== "keep") {
    return [`the client waits for ever for the answer to ${hanging.join()}`];
  }
  const events = voyage.memory.get(pid)?.events ?? [];
  // A stock client keeps what its former socket was sent for the next one, without an edge, too.
  const got = client.gotIn(nsp).filter((id) => events.includes(id));
  return events.join() === got.join()
    ? []
    : [`in ${nsp} the client got ${got.join()} of ${events.join()}`];
}
