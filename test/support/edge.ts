import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const READY = /^Mooring is ready on (http:\/\/\S+)$/m;

/** True when MOORING_TEST_DIRECT is set: tests then reach the origin itself, which shows what a stock server does. */
export const direct = Boolean(process.env.MOORING_TEST_DIRECT);

export interface EdgeOptions {
  /** `URL` or `NAME=URL` each. */
  readonly origins: readonly string[];
  /** Settings, by their names in wrangler.toml. */
  readonly vars?: Readonly<Record<string, string>>;
}

export interface Edge {
  readonly url: string;
  readonly port: number;
  /** What the process has written so far, both streams. */
  output(): string;
  /** Asks the process to end, waits until it has, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `mooring dev` on a free port and waits until it serves. */
export async function startEdge({ origins, vars = {} }: EdgeOptions): Promise<Edge> {
  const args = [
    ...origins.flatMap((origin) => ["--origin", origin]),
    ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}=${value}`]),
  ];
  const child = spawn(process.execPath, [MAIN, "dev", "--port", "0", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const exited = once(child, "exit").finally(() => process.off("exit", killWithUs));
  const { url, output } = await readiness(child, exited);
  return {
    url,
    port: Number(new URL(url).port),
    output,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
  };
}

async function readiness(
  child: ChildProcess,
  exited: Promise<unknown>,
): Promise<{ url: string; output: () => string }> {
  let text = "";
  const ready = new Promise<string>((resolve) => {
    const collect = (chunk: Buffer): void => {
      text += chunk.toString();
      const url = READY.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
  });
  const early = exited.then(() => {
    throw new Error(`Expected the edge to serve, got an exit:\n${text}`);
  });
  const url = await Promise.race([ready, early]);
  early.catch(() => {});
  return { url, output: () => text };
}
