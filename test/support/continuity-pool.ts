import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { onTestFinished, vi } from "vitest";
import type { ContinuityLine, ContinuitySocket } from "./continuity-orders.ts";
import { LINE } from "./continuity-orders.ts";
import type { ContinuityOrigin } from "./continuity-origin.ts";
import { startContinuityOrigin } from "./continuity-origin.ts";
import { endOfMooring, MooringDev, temporaryFolder } from "./mooring-dev.ts";

export const TOKEN = "the-token-of-the-continuity-tests";

export interface PoolOptions {
  readonly origins?: number;
  /** Whether its servers use mooring/origin and can recover. They are stock servers otherwise. */
  readonly isRecovering?: boolean;
  readonly vars?: Readonly<Record<string, string>>;
  readonly server?: Readonly<Record<string, unknown>>;
  readonly thinkMs?: number;
  /** The port of a Redis, whose streams adapter the servers use in the place of ours. */
  readonly redis?: number;
  /** The port of a MongoDB, whose adapter the servers use in the place of ours. */
  readonly mongo?: number;
  readonly closeOn?: boolean;
  readonly drainMs?: number;
  readonly pastBytes?: number;
  /** Where the edge finds an origin, if not where it is. */
  readonly via?: (origin: ContinuityOrigin) => Promise<string>;
}

/** Servers in processes of their own, behind an edge. All go when the test does. */
export class ContinuityPool {
  readonly origins: ContinuityOrigin[] = [];
  readonly #options: PoolOptions;
  readonly #folder = temporaryFolder();
  readonly #urls: string[] = [];
  #edge: MooringDev | undefined;
  #edgeText = "";

  private constructor(options: PoolOptions) {
    this.#options = options;
  }

  static async open(options: PoolOptions = {}): Promise<ContinuityPool> {
    const pool = new ContinuityPool(options);
    writeFileSync(pool.#log, "");
    onTestFinished(() => pool.close());
    const { origins = 3, via } = options;
    const names = Array.from({ length: origins }, (_, i) => `o${i}`);
    pool.origins.push(...(await Promise.all(names.map((name) => pool.#process(name, 0)))));
    for (const origin of pool.origins) {
      pool.#urls.push(`${origin.name}=${via ? await via(origin) : origin.url}`);
    }
    await pool.startEdge(0);
    await Promise.all(pool.origins.map((origin) => pool.#serve(origin)));
    await pool.linked();
    return pool;
  }

  get url(): string {
    return this.#running.url;
  }

  get isRecovering(): boolean {
    return this.#options.isRecovering ?? true;
  }

  /** The origins whose processes run. */
  get living(): ContinuityOrigin[] {
    return this.origins.filter(({ isRunning }) => isRunning);
  }

  /** What the edge has logged. */
  get edgeLog(): string {
    const { stdout, stderr } = this.#running.command;
    return this.#edgeText + stdout + stderr;
  }

  origin(index: number): ContinuityOrigin {
    const origin = this.origins[index];
    if (origin === undefined) throw new Error(`Expected an origin ${index}, got none.`);
    return origin;
  }

  /** What the servers have written down so far. */
  get lines(): ContinuityLine[] {
    const text = readFileSync(this.#log, "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => v.parse(LINE, JSON.parse(line)));
  }

  /** Starts that origin's process again, on its port. */
  async restart(index: number): Promise<void> {
    const { name, port } = this.origin(index);
    const again = await this.#process(name, port);
    this.origins[index] = again;
    await this.#serve(again);
  }

  /** Resolves when each living server counts all of them. */
  async linked(): Promise<void> {
    if (this.#hub === undefined && this.#options.mongo === undefined) return;
    const count = this.living.length;
    await vi.waitFor(
      async () => {
        const counts = await Promise.all(this.living.map((one) => one.order({ do: "servers" })));
        if (counts.some((servers) => servers !== count)) throw new Error(counts.join());
      },
      { timeout: 20_000, interval: 10 },
    );
  }

  async startEdge(port = this.#running.port): Promise<void> {
    const vars = {
      MOORING_TOKEN: TOKEN,
      BALANCE: "round-robin",
      ORIGIN_LOSS_GRACE: "10s",
      ...this.#options.vars,
    };
    const args = [
      "--port",
      String(port),
      "--state",
      join(this.#folder, "state"),
      ...this.#urls.flatMap((url) => ["--origin", url]),
      ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}=${value}`]),
    ];
    if (this.#edge) this.#edgeText += this.#edge.command.stdout + this.#edge.command.stderr;
    this.#edge = await MooringDev.start(args);
  }

  /** Kills the edge with all that it has in memory. */
  async killEdge(): Promise<void> {
    this.#running.command.signalGroup("SIGKILL");
    await this.#running.command.ended;
  }

  drain(origin: string): Promise<void> {
    return this.#order(origin, "drain");
  }

  ready(origin: string): Promise<void> {
    return this.#order(origin, "ready");
  }

  /** Runs the command against this edge, as an operator would. */
  async mooring(...args: readonly string[]): Promise<void> {
    const env = { ...process.env, MOORING_URL: this.url, MOORING_TOKEN: TOKEN };
    const { code, stderr } = await endOfMooring(args, { env });
    if (code !== 0) throw new Error(`Expected mooring ${args.join(" ")} to do it: ${stderr}`);
  }

  /** All sockets of the living servers, and which server has them. */
  async sockets(): Promise<(ContinuitySocket & { origin: string })[]> {
    const all = await Promise.all(
      this.living.map(async (origin) =>
        (await origin.look()).map((socket) => ({ ...socket, origin: origin.name })),
      ),
    );
    return all.flat();
  }

  async close(): Promise<void> {
    await Promise.all(this.origins.map((origin) => origin.stop()));
    this.#edge?.command.signalGroup("SIGKILL");
    await this.#edge?.command.ended;
  }

  async #order(origin: string, order: string): Promise<void> {
    const response = await fetch(
      `${this.url}/mooring/api/pools/default/origins/${origin}/${order}`,
      { method: "POST", headers: { authorization: `Bearer ${TOKEN}` } },
    );
    if (!response.ok) throw new Error(`Expected ${order} to be taken: ${await response.text()}`);
  }

  get #log(): string {
    return join(this.#folder, "log");
  }

  get #running(): MooringDev {
    if (this.#edge === undefined) throw new Error("Expected an edge, got none.");
    return this.#edge;
  }

  #process(name: string, port: number): Promise<ContinuityOrigin> {
    const recovery = this.isRecovering ? { connectionStateRecovery: {} } : {};
    return startContinuityOrigin({
      name,
      port,
      token: TOKEN,
      log: this.#log,
      server: { ...recovery, ...this.#options.server },
      thinkMs: this.#options.thinkMs ?? 20,
      closeOn: this.#options.closeOn ?? false,
      ...(this.#options.redis !== undefined && { redis: this.#options.redis }),
      ...(this.#options.mongo !== undefined && { mongo: this.#options.mongo }),
      ...(this.#options.drainMs !== undefined && { drainMs: this.#options.drainMs }),
      ...(this.#options.pastBytes !== undefined && { pastBytes: this.#options.pastBytes }),
    });
  }

  async #serve(origin: ContinuityOrigin): Promise<void> {
    await origin.order({ do: "serve", hub: this.#hub });
  }

  get #hub(): string | undefined {
    const { redis, mongo } = this.#options;
    return this.isRecovering && redis === undefined && mongo === undefined ? this.url : undefined;
  }
}
