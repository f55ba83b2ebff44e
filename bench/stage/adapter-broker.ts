import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrokerName } from "./adapter-kinds.ts";
import { freePort } from "./listening.ts";
import { cpuMs, memoryKb, processTree } from "./process-tree.ts";
import type { Program } from "./program.ts";
import { startServing } from "./program.ts";
import { startRedis } from "./redis.ts";

const CLI = join(import.meta.dirname, "../../src/cli/main.ts");

/** The hub's edge stands before no origin: all clients of this benchmark are at the origins themselves. */
const NO_ORIGIN = "http://127.0.0.1:9";

export interface BrokerOptions {
  /** An edge that runs already, whose token is in the environment. */
  readonly url?: string | undefined;
  /** The hub's `HUB_GRACE`, where it is not to be its default. */
  readonly graceMs?: number | undefined;
}

interface Starting {
  readonly url: string;
  readonly token: string;
  readonly start: () => Promise<Program>;
  /** After the last process has gone. */
  readonly clear: () => Promise<void>;
}

/** What carries events between origins: a Redis, or the edge with its hub. */
export class AdapterBroker {
  readonly url: string;
  /** The hub's. */
  readonly token: string;
  readonly #starting: Starting;
  #program: Program | undefined;

  private constructor(starting: Starting, program: Program | undefined) {
    this.url = starting.url;
    this.token = starting.token;
    this.#starting = starting;
    this.#program = program;
  }

  static async start(
    name: BrokerName | undefined,
    { url, graceMs }: BrokerOptions,
  ): Promise<AdapterBroker | undefined> {
    if (name === undefined) return undefined;
    if (name === "edge" && url !== undefined) return new AdapterBroker(running(url), undefined);
    const starting = name === "edge" ? await ofEdge(graceMs) : await ofRedis();
    return new AdapterBroker(starting, await starting.start());
  }

  cpuMs(): number {
    return cpuMs(this.#pids());
  }

  memoryKb(): number {
    return memoryKb(this.#pids());
  }

  /** Ends it as a crash does, without a word. */
  kill(): void {
    const tree = this.#tree();
    const crashing = tree.filter(({ command }) => command === "workerd");
    for (const { pid } of crashing.length > 0 ? crashing : tree) process.kill(pid, "SIGKILL");
  }

  /** On its old address again, with what it kept on disk. */
  async restart(): Promise<void> {
    await this.#program?.stop();
    this.#program = await this.#starting.start();
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
    await this.#starting.clear();
  }

  #pids(): number[] {
    return this.#tree().map(({ pid }) => pid);
  }

  #tree(): { pid: number; command: string }[] {
    return this.#program === undefined ? [] : processTree(this.#program.pid);
  }
}

function running(url: string): Starting {
  const token = process.env["MOORING_TOKEN"] ?? "";
  return { url, token, start: refuseToStart, clear: () => Promise.resolve() };
}

function refuseToStart(): Promise<never> {
  throw new Error("Expected to start no edge, since --url names one that runs already.");
}

async function ofRedis(): Promise<Starting> {
  const port = await freePort();
  return {
    url: `redis://127.0.0.1:${port}`,
    token: "",
    start: () => startRedis(port),
    clear: () => Promise.resolve(),
  };
}

async function ofEdge(graceMs: number | undefined): Promise<Starting> {
  const port = await freePort();
  const token = randomBytes(24).toString("base64url");
  const state = await mkdtemp(join(tmpdir(), "mooring-hub-"));
  const options = ["--port", String(port), "--origin", NO_ORIGIN, "--state", state];
  const grace = graceMs === undefined ? [] : ["--var", `HUB_GRACE=${graceMs}ms`];
  const args = [CLI, "dev", ...options, "--var", `MOORING_TOKEN=${token}`, ...grace];
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    start: () => startServing(process.execPath, args),
    clear: () => rm(state, { recursive: true, force: true }),
  };
}
