import { join } from "node:path";
import { isHaproxyThere, startHaproxy } from "./haproxy.ts";
import { isNginxThere, startNginx } from "./nginx.ts";
import { processTree } from "./process-tree.ts";
import type { Program } from "./program.ts";
import { startServing } from "./program.ts";
import type { EdgeName, ProxyName, TargetName, WorkerName } from "./target.ts";
import { Target, workerdPids } from "./target.ts";

const BENCH = join(import.meta.dirname, "..");

type Serving = Program & { readonly url: string };

/** By Debian's name for the package. */
const PROXIES = {
  nginx: { isThere: isNginxThere, start: startNginx },
  haproxy: { isThere: isHaproxyThere, start: startHaproxy },
} satisfies Record<ProxyName, unknown>;

/** All that a benchmark runs against, started by it and ended by it. */
export class Stage {
  readonly targets: Target[] = [];
  readonly #programs: Program[] = [];

  /** Starts an origin and, before it, what `names` says. A proxy that the machine lacks is left out. */
  static async set(names: readonly TargetName[]): Promise<Stage> {
    const stage = new Stage();
    try {
      const origin = await stage.#start(startNode("stage/origin-program.ts"));
      for (const name of names) await stage.#add(name, origin);
      return stage;
    } catch (error) {
      await stage.strike();
      throw error;
    }
  }

  /** A server that runs already, and of which no process is known. */
  static of(url: string): Stage {
    const stage = new Stage();
    stage.targets.push(new Target("url", url.replace(/\/$/, ""), {}));
    return stage;
  }

  /** Ends all that was started. */
  async strike(): Promise<void> {
    for (const program of this.#programs.splice(0).toReversed()) await program.stop();
  }

  async #start(starting: Promise<Serving>): Promise<Serving> {
    const program = await starting;
    this.#programs.push(program);
    return program;
  }

  async #add(name: TargetName, origin: Serving): Promise<void> {
    const origins = { origin: [origin.pid] };
    if (name === "origin" || name === "url") {
      this.targets.push(new Target(name, origin.url, origins));
    } else if (name === "nginx" || name === "haproxy") {
      await this.#addProxy(name, origin);
    } else {
      const workerd = await this.#start(startWorkerd(name, origin.url));
      this.targets.push(new Target(name, workerd.url, { ...origins, ...workerdPids(workerd.pid) }));
    }
  }

  async #addProxy(name: ProxyName, origin: Serving): Promise<void> {
    const { isThere, start } = PROXIES[name];
    if (!isThere()) {
      console.log(`${name} is not installed (Debian's package: ${name}), so it is left out.\n`);
      return;
    }
    const proxy = await this.#start(start(origin.url));
    const front = processTree(proxy.pid).map(({ pid }) => pid);
    this.targets.push(new Target(name, proxy.url, { origin: [origin.pid], front }));
  }
}

function startWorkerd(name: EdgeName | WorkerName, origin: string): Promise<Serving> {
  switch (name) {
    case "edge":
      return startEdge(origin);
    case "pass":
      return startEdge(origin, "--var", "WEBSOCKET=pass");
    case "static":
      // The edge's own Worker, told of no other class.
      return startBare("../../src/edge/worker.ts", "SESSIONS", "SessionObject", origin);
    case "relay":
      return startBare("relay.ts", "RELAYS", "Relay", origin);
    case "splice":
      return startBare("splice.ts", "UNUSED", "Unused", origin);
    case "poll":
      return startBare("poll.ts", "POLLS", "Poll", origin);
    case "exchange":
      return startBare("exchange.ts", "EXCHANGES", "Exchange", origin);
    case "codec":
      return startBare("codec.ts", "UNUSED", "Unused", origin);
  }
}

function startEdge(origin: string, ...args: string[]): Promise<Serving> {
  return startNode("../src/cli/main.ts", "dev", "--origin", origin, "--port", "0", ...args);
}

function startBare(file: string, ...args: string[]): Promise<Serving> {
  return startNode("stage/bare-program.ts", join(BENCH, "bare", file), ...args);
}

function startNode(path: string, ...args: string[]): Promise<Serving> {
  return startServing(process.execPath, [join(BENCH, path), ...args]);
}
