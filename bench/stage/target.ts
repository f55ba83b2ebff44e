import { cpuMs, memoryKb, processTree } from "./process-tree.ts";

/**
 * `front`: what stands before the origin and is compared (workerd, nginx, HAProxy); `host`: the Node process that
 * started a workerd; `load`: this process.
 */
export const ROLES = ["front", "host", "origin", "load"] as const;
export type Role = (typeof ROLES)[number];

/** Mooring with its defaults, with `websocket: "pass"`, and without a pool object. */
export type EdgeName = "edge" | "pass" | "static";

export type ProxyName = "nginx" | "haproxy";

/** `EdgeName`s are Mooring; the others are the controls. `url` is whatever `--url` names. */
export type TargetName = EdgeName | WorkerName | ProxyName | "origin" | "url";

/** The Workers of `bench/bare`. */
export type WorkerName = "relay" | "splice" | "poll" | "exchange" | "codec";

export type Cpu = Readonly<Record<Role, number>>;

/** What is measured, and its processes as far as they are on this machine. */
export class Target {
  readonly name: TargetName;
  readonly url: string;
  readonly #pids: Readonly<Record<Role, readonly number[]>>;

  constructor(name: TargetName, url: string, pids: Partial<Record<Role, readonly number[]>>) {
    this.name = name;
    this.url = url;
    this.#pids = { front: [], host: [], origin: [], load: [process.pid], ...pids };
  }

  has(role: Role): boolean {
    return this.#pids[role].length > 0;
  }

  /** CPU by role so far, in ms. */
  cpu(): Cpu {
    const { front, host, origin, load } = this.#pids;
    return { front: cpuMs(front), host: cpuMs(host), origin: cpuMs(origin), load: cpuMs(load) };
  }

  /** Memory of what stands before the origin, in KB. */
  memoryKb(): number {
    return memoryKb(this.#pids.front);
  }
}

/** CPU by role that `work` took, in ms, and how long it took. */
export async function metered<T>(
  target: Target,
  work: () => Promise<T>,
): Promise<{ value: T; cpu: Cpu; ms: number }> {
  const before = target.cpu();
  const startedAt = performance.now();
  const value = await work();
  const ms = performance.now() - startedAt;
  const after = target.cpu();
  const cpu = {
    front: after.front - before.front,
    host: after.host - before.host,
    origin: after.origin - before.origin,
    load: after.load - before.load,
  };
  return { value, cpu, ms };
}

/** The processes of a workerd that a Node process started, by role. */
export function workerdPids(root: number): { front: number[]; host: number[] } {
  const tree = processTree(root);
  const front = tree.filter(isWorkerd).map(({ pid }) => pid);
  if (front.length === 0) throw new Error(`Expected a workerd below process ${root}, got none.`);
  return { front, host: tree.filter((process) => !isWorkerd(process)).map(({ pid }) => pid) };
}

function isWorkerd({ command }: { command: string }): boolean {
  return command === "workerd";
}
