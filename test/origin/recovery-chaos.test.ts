import { expect, test } from "vitest";
import { type Answer, FakeEdge } from "../support/fake-edge.ts";
import type { NodeHub } from "../support/node-hub.ts";
import type { RecoveryOrigin } from "../support/recovery-origins.ts";
import { linked, moored, recoveryOrigins } from "../support/recovery-origins.ts";

const ORIGINS = 3;
const SESSIONS = 4;
const STEPS = 250;

/** The same for the same seed (mulberry32). */
function randomness(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Math.trunc(state + 0x6d2b79f5) % 2 ** 32;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

interface Session {
  readonly edge: FakeEdge & { readonly sid: string };
  /** Goes on at another server: by our edge, or as a client that comes back by itself. */
  readonly goOn: (url: string) => Promise<Answer>;
  at: number;
  /** How many events it alone has been sent, by origin. */
  readonly direct: number[];
}

class World {
  readonly hub: NodeHub;
  readonly origins: readonly RecoveryOrigin[];
  readonly sessions: Session[] = [];
  /** How many events each origin has sent to all. */
  readonly sent: number[] = Array.from({ length: ORIGINS }, () => 0);
  readonly #random: (below: number) => number;
  rehomed = 0;
  readonly refused: Answer[] = [];

  readonly #cuts: number;

  /** `cuts`: how many of a thousand steps are failures of the hub's. */
  constructor(hub: NodeHub, origins: readonly RecoveryOrigin[], seed: number, cuts: number) {
    this.hub = hub;
    this.origins = origins;
    this.#random = randomness(seed);
    this.#cuts = cuts;
  }

  origin(number: number): RecoveryOrigin {
    const origin = this.origins[number];
    if (origin === undefined) throw new Error(`Expected an origin ${number}.`);
    return origin;
  }

  async step(): Promise<void> {
    if (this.#random(1000) < this.#cuts) {
      if (this.#random(5) === 0) this.hub.reset();
      else this.hub.cut();
    }
    const what = this.#random(100);
    if (what < 45) await this.#broadcast(this.#random(ORIGINS));
    else if (what < 70) await this.#emitTo(this.#session());
    else if (what < 88) await this.#rehome(this.#session(), this.#random(2) === 0);
    else await new Promise((resolve) => setTimeout(resolve, this.#random(60)));
  }

  async broadcastAll(): Promise<void> {
    for (let number = 0; number < ORIGINS; number++) await this.#broadcast(number);
  }

  async #broadcast(number: number): Promise<void> {
    const n = (this.sent[number] = (this.sent[number] ?? 0) + 1);
    await this.origin(number).do({ do: "emit", args: [`from ${number}`, n] });
  }

  async #emitTo({ edge, at, direct }: Session): Promise<void> {
    const n = (direct[at] = (direct[at] ?? 0) + 1);
    await this.origin(at).do({ do: "emit-to", sid: edge.sid, args: [`to it from ${at}`, n] });
  }

  async #rehome(session: Session, isSilent: boolean): Promise<void> {
    const { edge } = session;
    if (isSilent) edge.freeze();
    else edge.cut();
    session.at = this.#random(ORIGINS);
    const { sid } = edge;
    const answer = await session.goOn(this.origin(session.at).url);
    if (answer.type === "connected" && answer.sid === sid) this.rehomed += 1;
    else this.refused.push(answer);
  }

  #session(): Session {
    const session = this.sessions[this.#random(SESSIONS)];
    if (session === undefined) throw new Error("Expected a session.");
    return session;
  }
}

async function edgeSession(world: World, at: number): Promise<Session> {
  const edge = await moored(world.origin(at).url);
  return { edge, at, direct: [], goOn: (url) => edge.rehome(url) };
}

async function clientSession(world: World, at: number): Promise<Session> {
  const client = new FakeEdge(undefined);
  await client.connect(world.origin(at).url);
  const { sid = "", pid } = client;
  const edge = Object.assign(client, { sid });
  return {
    edge,
    at,
    direct: [],
    goOn: (url) => client.connect(url, { pid, offset: client.last }),
  };
}

function numbers(count: number): number[][] {
  return Array.from({ length: count }, (_, n) => [n + 1]);
}

function told({ sent }: World, { edge, direct }: { edge: FakeEdge; direct: readonly number[] }) {
  const all = sent.map((_, number) => edge.got(`from ${number}`));
  const alone = sent.map((_, number) => edge.got(`to it from ${number}`));
  return {
    all,
    alone,
    expected: { all: sent.map(numbers), alone: sent.map((_, n) => numbers(direct[n] ?? 0)) },
  };
}

// A client that comes back waits for the links to the hub, which come back the later the more often they are cut.
const CASES = [
  { who: "sessions of the edge", begin: edgeSession, cuts: 50, seeds: [1, 2, 3] },
  { who: "clients that come back", begin: clientSession, cuts: 6, seeds: [4, 5, 6] },
].flatMap(({ seeds, ...one }) => seeds.map((seed) => ({ ...one, seed })));

test.each(CASES)(
  "whatever fails, $who get every event once and in its sender's order (seed $seed)",
  async ({ begin, cuts, seed }) => {
    const { hub, origins } = await recoveryOrigins(ORIGINS);
    const world = new World(hub, origins, seed, cuts);
    for (let number = 0; number < SESSIONS; number++) {
      const at = number % ORIGINS;
      world.sessions.push(await begin(world, at));
    }
    for (let step = 0; step < STEPS; step++) await world.step();
    await Promise.all(origins.map(({ io }) => linked(io, ORIGINS)));
    await world.broadcastAll();
    expect(world.refused).toEqual([]);
    // What is missing by then is shown below.
    const late = new Promise((resolve) => setTimeout(resolve, 10_000));
    for (const session of world.sessions) {
      const { edge } = session;
      const isDone = () => {
        const { all, alone, expected } = told(world, session);
        return (
          all.every((list, n) => list.length >= (expected.all[n]?.length ?? 0)) &&
          alone.every((list, n) => list.length >= (expected.alone[n]?.length ?? 0))
        );
      };
      await Promise.race([edge.until(isDone), late]);
    }
    for (const session of world.sessions) {
      const { all, alone, expected } = told(world, session);
      expect({ all, alone }).toEqual(expected);
    }
    expect(world.rehomed).toBeGreaterThan(10);
  },
  30_000,
);
