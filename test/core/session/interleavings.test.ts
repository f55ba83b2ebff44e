import * as fc from "fast-check";
import { ORIGIN } from "./sessions.ts";
import { describe, expect, test } from "vitest";
import type { Limits } from "../../../src/core/session/session.ts";
import { pollingSession } from "../../../src/core/session/step.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { Shell } from "./shell.ts";
import { StockClient } from "./stock-client.ts";

const LIMITS: Limits = {
  pingInterval: 400,
  pingTimeout: 3000,
  maxPayload: 500,
  creditBytes: 400,
  queueBytes: 12_000,
  holdBytes: 3000,
  silenceMs: 3400,
  lossGraceMs: 1000,
  onUnrecovered: "close",
  onPendingAcks: "close",
};

const LARGEST_MESSAGE = 300;

type Move =
  | { readonly who: "client"; readonly does: ClientMove }
  | { readonly who: "client" | "origin"; readonly sends: number; readonly isBinary: boolean }
  | { readonly who: "origin"; readonly does: "ping" | "noop" }
  | { readonly who: "time"; readonly passes: number };

type ClientMove = "poll" | "take" | "post" | "deliver" | "upgrade" | "giveUp" | "readFrame";

const clientMoves: ClientMove[] = [
  "poll",
  "take",
  "post",
  "deliver",
  "upgrade",
  "upgrade",
  "readFrame",
];

const anyMove: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      who: fc.constant("client" as const),
      does: fc.constantFrom(...clientMoves),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Move>({ who: "client", does: "giveUp" }) },
  {
    weight: 6,
    arbitrary: fc.record({
      who: fc.constantFrom("client" as const, "origin" as const),
      sends: fc.integer({ min: 8, max: LARGEST_MESSAGE }),
      isBinary: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      who: fc.constant("origin" as const),
      does: fc.constantFrom("ping" as const, "noop" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      who: fc.constant("time" as const),
      passes: fc.oneof(
        { weight: 6, arbitrary: fc.constant(0) },
        { weight: 3, arbitrary: fc.nat(50) },
        { weight: 1, arbitrary: fc.nat(3000) },
      ),
    }),
  },
);

/** More than the longest run takes. */
const MOST_ROUNDS = 5000;

const SETTLING = ["take", "readFrame", "deliver", "goOn", "post", "poll"] as const;

/** A client, a session and an origin, and what each has sent and got. */
class Run {
  readonly client: StockClient;
  readonly shell: Shell;
  readonly sentByOrigin: Packet[] = [];
  mostUnread = 0;
  #originPingAt = LIMITS.pingInterval;

  constructor() {
    this.shell = new Shell(pollingSession(LIMITS, ORIGIN, 0), 0, (effect) => {
      this.client.see(effect);
      this.mostUnread = Math.max(this.mostUnread, this.client.unreadBytes);
    });
    this.client = new StockClient((event) => this.shell.handle(event));
  }

  make(move: Move): void {
    if ("passes" in move) this.pass(move.passes);
    else if (move.who === "origin") this.#originMoves(move);
    else if ("sends" in move) this.client.send(messageOf(this.client.sent.length, move));
    else this.client[move.does]();
  }

  /** Lets time pass, in which the origin pings as it must. */
  pass(ms: number, meanwhile: () => void = () => {}): void {
    const until = this.shell.now + ms;
    while (this.#originPingAt <= until) {
      this.shell.pass(this.#originPingAt - this.shell.now, meanwhile);
      this.#originMoves({ who: "origin", does: "ping" });
      this.#originPingAt += LIMITS.pingInterval;
    }
    this.shell.pass(until - this.shell.now, meanwhile);
  }

  /** Everybody does all that there is to do, until nothing is left. */
  settle(): void {
    let acts = -1;
    for (let rounds = 0; acts !== this.client.acts; rounds++) {
      if (rounds === MOST_ROUNDS) throw new Error("There is always something left to do.");
      ({ acts } = this.client);
      this.shell.pass(0);
      for (const does of SETTLING) this.client[does]();
    }
  }

  // An origin whose link has been left is heard no more.
  #originMoves(move: Exclude<Move, { who: "time" }>): void {
    if (this.shell.isEnded) return;
    if ("sends" in move) {
      const packet = messageOf(this.sentByOrigin.length, move);
      this.sentByOrigin.push(packet);
      this.shell.handle({ type: "packet-sent-by-origin", packet });
    } else {
      this.shell.handle({
        type: "packet-sent-by-origin",
        packet: move.does === "ping" ? "2" : "6",
      });
    }
  }
}

/** A message that names its place. */
function messageOf(
  place: number,
  { sends, isBinary }: { readonly sends: number; readonly isBinary: boolean },
): Packet {
  if (!isBinary) return `4#${place}`.padEnd(sends, ".");
  const array = new Uint8Array(sends);
  new DataView(array.buffer).setUint32(0, place);
  return array.buffer;
}

const isNoPong = (packet: Packet) => packet !== "3";

describe("whatever polls, writes, upgrades, pongs and time come between each other", () => {
  const moves = fc.array(anyMove, { maxLength: 120, size: "max" });

  test("nothing is lost, doubled or reordered on its way, down or up, until a close", () => {
    fc.assert(
      fc.property(moves, (list) => {
        const run = new Run();
        for (const move of list) run.make(move);
        const isWhole = !run.shell.isEnded;
        if (isWhole) run.settle();
        const down = run.client.received;
        const up = run.shell.forwarded.filter(isNoPong);
        // An end leaves the last of it on the way, and nothing else.
        expect(down).toEqual(run.sentByOrigin.slice(0, isWhole ? undefined : down.length));
        expect(up).toEqual(run.client.sent.slice(0, isWhole ? undefined : up.length));
        expect(isWhole ? run.client.troubles : []).toEqual([]);
        expect(run.shell.faults).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("a client that reads late has never more on its way than its credit and a message", () => {
    fc.assert(
      fc.property(moves, (list) => {
        const run = new Run();
        for (const move of list) run.make(move);
        expect(run.mostUnread).toBeLessThan(LIMITS.creditBytes + LARGEST_MESSAGE);
      }),
      { numRuns: 300 },
    );
  });

  test("a client that does everything at once gets everything, and is never closed", () => {
    fc.assert(
      fc.property(moves, (list) => {
        const run = new Run();
        for (const move of list) {
          run.make(move);
          run.settle();
        }
        run.pass(10_000, () => run.settle());
        expect(run.client.received).toEqual(run.sentByOrigin);
        expect(run.shell.forwarded.filter(isNoPong)).toEqual(run.client.sent);
        expect(run.shell.isEnded).toBe(false);
        expect([...run.client.troubles, ...run.shell.faults]).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
