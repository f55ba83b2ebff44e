import { join } from "node:path";
import { isNginxThere, startNginx } from "./nginx.ts";
import { processTree } from "./process-tree.ts";
import type { Program } from "./program.ts";
import { startServing } from "./program.ts";
import type { TargetName, WorkerName } from "./target.ts";
import { Target, workerdPids } from "./target.ts";

const BENCH = join(import.meta.dirname, "..");

type Serving = Program & { readonly url: string };

/** All that a benchmark runs against, started by it and ended by it. */
export class Stage {
  readonly targets: Target[] = [];
  readonly #programs: Program[] = [];

  /** Starts an origin and, before it, what `names` says. Without nginx on the machine that one is left out. */
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
    } else if (name !== "nginx") {
      const workerd = await this.#start(startWorkerd(name, origin.url));
      this.targets.push(new Target(name, workerd.url, { ...origins, ...workerdPids(workerd.pid) }));
    } else if (isNginxThere()) {
      const nginx = await this.#start(startNginx(origin.url));
      const front = processTree(nginx.pid).map(({ pid }) => pid);
      this.targets.push(new Target(name, nginx.url, { ...origins, front }));
    } else {
      console.log("nginx is not installed (Debian's package: nginx), so it is left out.\n");
    }
  }
}

function startWorkerd(name: "edge" | WorkerName, origin: string): Promise<Serving> {
  switch (name) {
    case "edge":
      return startNode("../src/cli/main.ts", "dev", "--origin", origin, "--port", "0");
    case "relay":
      return startBare("relay.ts", "RELAYS", "Relay", origin);
    case "poll":
      return startBare("poll.ts", "POLLS", "Poll", origin);
    case "exchange":
      return startBare("exchange.ts", "EXCHANGES", "Exchange", origin);
    case "codec":
      return startBare("codec.ts", "UNUSED", "Unused", origin);
  }
}

function startBare(file: string, ...args: string[]): Promise<Serving> {
  return startNode("stage/bare-program.ts", join(BENCH, "bare", file), ...args);
}

function startNode(path: string, ...args: string[]): Promise<Serving> {
  return startServing(process.execPath, [join(BENCH, path), ...args]);
}
