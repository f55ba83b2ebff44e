import { vi } from "vitest";
import type { ContinuityClient } from "./continuity-client.ts";
import { pause, SOON } from "./continuity-crew.ts";
import type { ContinuityLine } from "./continuity-orders.ts";
import type { ContinuityPool } from "./continuity-pool.ts";

/** Of one origin's process: one that has begun anew counts anew. */
let labels = 0;

/** Numbers in every direction, from and to every client, and what has to be true of them at the end. */
export class Traffic {
  readonly #pool: ContinuityPool;
  readonly #clients: readonly ContinuityClient[];
  readonly #labels = new Map<string, string>();

  private constructor(pool: ContinuityPool, clients: readonly ContinuityClient[]) {
    this.#pool = pool;
    this.#clients = clients;
  }

  static async begin(pool: ContinuityPool, clients: readonly ContinuityClient[]): Promise<Traffic> {
    const traffic = new Traffic(pool, clients);
    for (const client of clients) {
      client.socket.emit("login", `user of ${client.name}`);
      client.socket.emit("join", `room of ${client.name}`);
    }
    const absent = await traffic.absent();
    if (absent.length > 0) throw new Error(`Expected all to have arrived: ${absent.join("; ")}`);
    for (const client of clients) client.talk(50, 4);
    for (const { name } of pool.origins) await traffic.stream(name);
    await traffic.flows();
    return traffic;
  }

  /** Has that origin emit numbers from now on. */
  async stream(origin: string): Promise<void> {
    labels += 1;
    const label = `${origin}-${labels}`;
    this.#labels.set(origin, label);
    await this.#of(origin)?.order({ do: "stream", label, everyMs: 40 });
  }

  /** Resolves when every client has sent something, and has heard of every stream of those that live. */
  async flows(): Promise<void> {
    await vi.waitFor(() => {
      for (const { name, upNext, streams } of this.#clients) {
        if (upNext === 0) throw new Error(`${name} has sent nothing.`);
        for (const [origin, label] of this.#labels) {
          if (this.#of(origin) && !streams.has(label))
            throw new Error(`${name} has heard nothing of ${label}.`);
        }
      }
    }, SOON);
  }

  /** Stops it all, and waits until everything that was emitted is where it belongs. */
  async end(): Promise<void> {
    for (const client of this.#clients) client.hush();
    const lasts = new Map<string, number>();
    for (const [origin, label] of this.#labels) {
      const living = this.#of(origin);
      if (living) lasts.set(label, Number(await living.order({ do: "stop-stream", label })));
    }
    await vi.waitFor(() => {
      const lines = this.#pool.lines;
      for (const client of this.#clients) {
        if (client.openEchoes > 0) throw new Error(`${client.name} waits for an answer.`);
        for (const [label, last] of lasts) {
          isAt(client, label, last);
          isAt(client, `${label}-direct`, lastDirect(lines, client.name, `${label}-direct`));
        }
      }
    }, SOON);
  }

  /**
   * What is wrong when nobody may have noticed anything: who was disturbed, what was lost or doubled, whom the servers
   * don't have as they were.
   */
  async faults(): Promise<string[]> {
    await this.end();
    return [
      ...this.#clients.flatMap(({ name, ids, disconnects }) =>
        ids.length === 1 && disconnects.length === 0
          ? []
          : [`${name}: ${ids.length} connects, ${disconnects.join()}`],
      ),
      ...this.#clients.flatMap(({ faults }) => faults),
      ...(await this.absent()),
      ...doubled(this.#pool.lines),
    ];
  }

  /** Whom the servers don't have once, with rooms and data, of all that are connected, and whom they have besides. */
  async absent(): Promise<string[]> {
    const wanted = this.#clients
      .filter(({ socket }) => socket.connected)
      .map(({ id, name }) => `${id}: ${name}, user of ${name}, room of ${name}`);
    const until = performance.now() + SOON.timeout;
    for (;;) {
      // Quiet clients are no part of the traffic, and in a namespace of their own.
      const sockets = (await this.#pool.sockets()).filter(({ nsp }) => nsp !== "/quiet");
      const found = sockets.map(
        ({ id, rooms, data }) => `${id}: ${data.name}, ${String(data["user"])}, ${rooms.join()}`,
      );
      const faults = [
        ...missing(wanted, found).map((one) => `no server has ${one}`),
        ...missing(found, wanted).map((one) => `a server has ${one}`),
      ];
      if (faults.length === 0 || performance.now() > until) return faults;
      await pause(SOON.interval);
    }
  }

  #of(name: string): ContinuityPool["origins"][number] | undefined {
    return this.#pool.living.find((origin) => origin.name === name);
  }
}

function lastDirect(
  lines: readonly ContinuityLine[],
  name: string,
  label: string,
): number | undefined {
  const line = lines.findLast((one) => one[1] === "direct" && one[2] === name && one[3] === label);
  return line === undefined ? undefined : Number(line[4]);
}

/** Of the clients' numbers, those that servers have got twice, or a server out of order. */
function doubled(lines: readonly ContinuityLine[]): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  const last = new Map<string, number>();
  for (const [origin, what, , name, n] of lines) {
    if (what !== "up") continue;
    const key = `${String(name)} ${String(n)}`;
    if (seen.has(key)) faults.push(`${key} twice`);
    seen.add(key);
    const before = last.get(`${origin} ${String(name)}`) ?? -1;
    if (Number(n) < before) faults.push(`${key} after ${before}, at ${origin}`);
    last.set(`${origin} ${String(name)}`, Number(n));
  }
  return faults;
}

// A stream that has only just begun has had no number yet: -1, or none.
function isAt(client: ContinuityClient, label: string, last: number | undefined): void {
  const at = client.streams.get(label);
  if ((at ?? -1) !== (last ?? -1))
    throw new Error(`${client.name}: ${label} is at ${at}, not ${last}`);
}

/** What of these is not among those, as often as it is here. */
function missing(these: readonly string[], those: readonly string[]): string[] {
  const left = [...those];
  return these.filter((one) => {
    const at = left.indexOf(one);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}
