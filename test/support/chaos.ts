import { rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { broadcastsOf, ChaosClient, directsOf } from "./chaos-client.ts";
import type { ChaosLook } from "./chaos-orders.ts";
import { ChaosOrigin } from "./chaos-origin.ts";
import { MooringDev } from "./mooring-dev.ts";

const TOKEN = "the-token-of-the-tests-of-chaos";

/** Whatever is broken is whole again within this, or it is a fault. */
const WHOLE_MS = 60_000;
const LOOK_MS = 50;

/** Broadcasts that may be under way: a second of them. */
const UNDER_WAY = 5;

export interface ChaosOptions {
  readonly origins: number;
  readonly clients: number;
  readonly isRecovering: boolean;
}

/** Servers that emit numbered events all the time, an edge before them, and clients that count. */
export class Chaos {
  readonly origins: ChaosOrigin[] = [];
  readonly clients: ChaosClient[] = [];
  readonly #state = mkdtempSync(join(tmpdir(), "mooring-chaos-"));
  /** When each server's process was there, by its name. */
  readonly #startedAt = new Map<string, number>();
  #edge: MooringDev | undefined;
  #port = 0;

  async open({ origins, clients, isRecovering }: ChaosOptions): Promise<void> {
    while (this.origins.length < origins) {
      this.origins.push(await ChaosOrigin.start({ token: TOKEN, isRecovering }));
    }
    await this.startEdge();
    while (this.clients.length < clients) this.clients.push(new ChaosClient(this.#edgeUrl()));
    for (const origin of this.origins) await this.#emit(origin);
    await this.whole();
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close();
    await Promise.all(this.origins.map((origin) => origin.stop()));
    await this.#edge?.stop();
    rmSync(this.#state, { recursive: true, force: true, maxRetries: 10 });
  }

  /** On the storage and the port of the one before. */
  async startEdge(): Promise<void> {
    const origins = this.origins.flatMap(({ url }) => ["--origin", url]);
    const vars = [`MOORING_TOKEN=${TOKEN}`, "BALANCE=round-robin", "HEALTH=off"];
    const place = ["--port", String(this.#port), "--state", this.#state];
    this.#edge = await MooringDev.start([
      ...origins,
      ...place,
      ...vars.flatMap((text) => ["--var", text]),
    ]);
    this.#port = this.#edge.port;
    for (const { link } of this.origins) link.leadTo(this.#port);
  }

  /** With the edge go its hub's memory, all links, and all clients' connections. */
  async killEdge(): Promise<void> {
    this.#edge?.command.signalGroup("SIGKILL");
    await this.#edge?.command.ended;
  }

  async startOrigin(origin: ChaosOrigin): Promise<void> {
    await origin.start();
    await this.#emit(origin);
  }

  /** Resolves when all servers know each other, and all clients are connected and as far as the servers are. */
  async whole(): Promise<void> {
    let broken: string[] = [];
    await until(
      () => `everything to be whole (${some(broken)})`,
      async () => {
        broken = this.#broken(await Promise.all(this.origins.map((origin) => origin.look())));
        return broken.length === 0;
      },
    );
  }

  /** Has nobody emit any more, and resolves when every client has all there is. */
  async quiet(): Promise<ChaosLook[]> {
    const looks = await Promise.all(this.origins.map((origin) => origin.emit(false)));
    await until(
      () => `all events to arrive (${some(this.#lacking(looks))})`,
      () => this.#lacking(looks).length === 0,
    );
    return looks;
  }

  /** What clients had doubled, lacked or had out of order. */
  faults(): string[] {
    return this.clients.flatMap(({ faults, sessions }) => [
      ...faults,
      ...sessions.flatMap(({ sid, at, streams }) =>
        [...streams].flatMap(([stream, { first }]) => {
          const isWhole = first === 1 || !this.#isFromTheFirst(stream, at);
          return isWhole ? [] : [`${sid}: ${stream} begins with ${first}`];
        }),
      ),
    ]);
  }

  /** Sessions that their clients could not go on with. */
  forgotten(): string[] {
    return this.clients.flatMap(({ sessions }) => sessions.slice(0, -1).map(({ sid }) => sid));
  }

  /** How servers ended whom nobody had killed. */
  crashes(): string[] {
    return this.origins.flatMap(({ crashes }) => crashes);
  }

  /** One after the other, over and over. */
  origin(i: number): ChaosOrigin {
    const origin = this.origins[i % this.origins.length];
    if (origin === undefined) throw new Error("Expected origins, got none.");
    return origin;
  }

  #edgeUrl(): string {
    return this.#edge?.url ?? "";
  }

  async #emit(origin: ChaosOrigin): Promise<void> {
    const { name } = await origin.look();
    this.#startedAt.set(name, performance.now());
    await origin.emit(true);
  }

  /** Direct events begin with their session; broadcasts may, too, if the server is younger than it. */
  #isFromTheFirst(stream: string, sessionAt: number): boolean {
    for (const [name, startedAt] of this.#startedAt) {
      if (stream === broadcastsOf(name)) return startedAt > sessionAt;
    }
    return true;
  }

  #broken(looks: readonly ChaosLook[]): string[] {
    const strangers = looks.flatMap(({ name, servers }) =>
      servers === this.origins.length ? [] : [`${name} knows of ${servers} servers`],
    );
    const clients = this.clients.flatMap(({ isConnected, session }) => {
      const { sid = "nobody", streams } = session ?? {};
      if (!isConnected) return [`${sid} is not connected`];
      return looks.flatMap(({ name, broadcasts }) => {
        const { last = 0 } = streams?.get(broadcastsOf(name)) ?? {};
        const isNear = last > Math.max(0, broadcasts - UNDER_WAY);
        return isNear ? [] : [`${sid} has broadcast ${last} of ${broadcasts}, ${name}`];
      });
    });
    return [...strangers, ...clients];
  }

  #lacking(looks: readonly ChaosLook[]): string[] {
    return this.clients.flatMap(({ session }) => {
      if (session === undefined) return ["a session"];
      const { sid, streams } = session;
      const lastOf = (stream: string): number => streams.get(stream)?.last ?? 0;
      return looks.flatMap(({ name, broadcasts, directs }) => {
        const [b, d] = [lastOf(broadcastsOf(name)), lastOf(directsOf(name))];
        const wanted = directs[sid] ?? 0;
        return [
          ...(b === broadcasts ? [] : [`${sid} has broadcast ${b} of ${broadcasts}, ${name}`]),
          ...(d === wanted ? [] : [`${sid} has direct ${d} of ${wanted}, ${name}`]),
        ];
      });
    });
  }
}

function some(faults: readonly string[]): string {
  return `${faults.length}: ${faults.slice(0, 5).join("; ")}`;
}

async function until(what: () => string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + WHOLE_MS;
  while (!(await isSo())) {
    if (performance.now() > end) {
      throw new Error(`Expected ${what()} in time.`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
