import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Rates } from "./continuity-client.ts";
import { ContinuityClient } from "./continuity-client.ts";
import type { Front } from "./continuity-front.ts";
import { startFront } from "./continuity-front.ts";
import type { AdapterName, FrontName } from "./continuity-kinds.ts";
import { adapterOf, ORIGIN_NAMES } from "./continuity-kinds.ts";
import { ContinuityOrigin } from "./continuity-origin.ts";
import { freePort } from "./listening.ts";

const START_MS = 30_000;
const SETTLE_MS = 10_000;
/** Nothing more has come in for so long: nothing more will. */
const QUIET_MS = 1_000;
const LOOK_MS = 50;
/** Clients that open at a time. */
const RAMP = 10;

/** What origins have taken of a client: how often each number, in order. */
export interface Taken {
  readonly what: string;
  readonly client: number;
  readonly n: number;
}

/** Three origins behind a front, clients, and a fourth server, not behind it, that broadcasts the stream. */
export class ContinuityStage {
  readonly front: Front;
  readonly origins: readonly ContinuityOrigin[];
  readonly clients: ContinuityClient[] = [];
  readonly #publisher: ContinuityOrigin;
  readonly #adapter: AdapterName;
  readonly #folder: string;

  private constructor(
    front: Front,
    adapter: AdapterName,
    servers: readonly ContinuityOrigin[],
    folder: string,
  ) {
    const [publisher, ...behind] = servers;
    if (publisher === undefined) throw new Error("Expected servers, got none.");
    this.front = front;
    this.#publisher = publisher;
    this.#adapter = adapter;
    this.origins = behind;
    this.#folder = folder;
  }

  static async set(name: FrontName): Promise<ContinuityStage> {
    const folder = await mkdtemp(join(tmpdir(), "mooring-continuity-"));
    const ports: number[] = [];
    while (ports.length < ORIGIN_NAMES.length) ports.push(await freePort());
    const front = await startFront(name, ports);
    const { brokerUrl, token } = front;
    const adapter = adapterOf(name);
    const shared = { adapter, brokerUrl, token, log: logIn(folder) };
    const servers: ContinuityOrigin[] = [];
    try {
      servers.push(await ContinuityOrigin.start({ ...shared, name: "publisher", port: 0 }));
      for (const [i, origin] of ORIGIN_NAMES.entries()) {
        const port = ports[i] ?? 0;
        servers.push(await ContinuityOrigin.start({ ...shared, name: origin, port }));
      }
      const stage = new ContinuityStage(front, adapter, servers, folder);
      await stage.linked();
      for (const origin of ORIGIN_NAMES) await front.ready(origin);
      return stage;
    } catch (error) {
      await Promise.all(servers.map((server) => server.kill()));
      await front.stop();
      throw error;
    }
  }

  /** Resolves when every server knows of all that it can know of. */
  async linked(): Promise<void> {
    const servers = [this.#publisher, ...this.origins];
    await until("every server to know of all", START_MS, async () => {
      const counts = await Promise.all(servers.map((server) => server.count()));
      return counts.every((count) => count === (this.#adapter === "none" ? 1 : servers.length));
    });
  }

  async open(count: number): Promise<void> {
    const openOne = async (index: number): Promise<void> => {
      if (index >= count) return;
      this.clients.push(await ContinuityClient.open(index, this.front.url));
      await openOne(index + RAMP);
    };
    const opened = Promise.all(Array.from({ length: RAMP }, (_, first) => openOne(first)));
    await within("clients to connect", START_MS * 2, opened);
  }

  /** Has all traffic begin; without an adapter there is no stream. */
  begin(rates: Rates & { readonly stream?: number }): void {
    if (rates.stream !== undefined) this.#publisher.publish(rates.stream);
    for (const client of this.clients) client.talk(rates);
  }

  /** Has it end, and waits for what is under way. Gives the stream's last number and all that origins took. */
  async end(): Promise<{ published: number; taken: readonly Taken[] }> {
    for (const client of this.clients) client.hush();
    const published = await this.#publisher.unpublish();
    const seen = async (): Promise<number> => {
      const got = this.clients.map(({ stream, answers }) => stream.length + answers.length);
      return (await readFile(logIn(this.#folder))).length + got.reduce((sum, n) => sum + n, 0);
    };
    const startedAt = performance.now();
    for (let last = -1, now = 0; now !== last && performance.now() - startedAt < SETTLE_MS;) {
      last = await seen();
      await delay(QUIET_MS);
      now = await seen();
    }
    const log = await readFile(logIn(this.#folder), "utf8");
    return { published, taken: log.trimEnd().split("\n").map(readTaken) };
  }

  async strike(): Promise<void> {
    for (const client of this.clients) client.close();
    await Promise.all([this.#publisher, ...this.origins].map((origin) => origin.kill()));
    await this.front.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function logIn(folder: string): string {
  return join(folder, "taken.log");
}

function readTaken(line: string): Taken {
  const [what = "", client, n] = line.split(" ");
  return { what, client: Number(client), n: Number(n) };
}

async function until(what: string, ms: number, holds: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > endsAt) throw new Error(`Expected ${what}, waited ${ms} ms.`);
    await delay(LOOK_MS);
  }
}

async function within<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = delay(ms, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`Expected ${what}, waited ${ms} ms.`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    ended.abort();
  }
}
