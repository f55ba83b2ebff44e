import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const REPOSITORY = join(import.meta.dirname, "../..");
const STOP_MS = 5_000;
const KEPT_LINES = 10;

/** A process of the demonstration. `url` resolves once it serves there, and rejects if it ends before. */
export interface Child {
  name: string;
  process: ChildProcess;
  url: Promise<string>;
  /** What it wrote last, of what is not shown while all goes well. */
  lastLines: readonly string[];
}

/** Starts one Socket.IO server that lets in the pages of these origins, on a free port. */
export function startOrigin(name: string, pages: string[]): Child {
  const child = spawn(process.execPath, [join(import.meta.dirname, "origin.ts"), name, ...pages], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const url = new Promise<string>((resolve, reject) => {
    failEarly(name, child, reject);
    child.on("message", (port) => {
      if (typeof port === "number") resolve(`http://127.0.0.1:${port}`);
    });
  });
  return { name, process: child, url, lastLines: [] };
}

/** Starts the edge in front of these servers. Port 0 asks for any free one. */
export function startEdge(origins: { name: string; url: string }[], port: number): Child {
  const name = "the edge";
  const named = origins.flatMap((origin) => ["--origin", `${origin.name}=${origin.url}`]);
  const child = spawn(
    process.execPath,
    [join(REPOSITORY, "src/cli/main.ts"), "dev", "--port", String(port), ...named],
    { cwd: REPOSITORY, stdio: ["ignore", "pipe", "pipe"] },
  );
  const url = new Promise<string>((resolve, reject) => {
    failEarly(name, child, reject);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const ready = /^Mooring is ready on (http:\S+)$/.exec(line)?.[1];
      if (ready !== undefined) resolve(ready);
    });
  });
  // Its log has lines for every session, which the page shows better.
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
  });
  return { name, process: child, url, lastLines };
}

/** How it ended, in words, or `undefined` while it runs. */
export function endOf({ process: child }: Child): string | undefined {
  if (child.signalCode !== null) return child.signalCode;
  return child.exitCode === null ? undefined : `exit code ${child.exitCode}`;
}

/** Ends them all and resolves when none is left. One that takes too long is killed. */
export async function stopAll(children: Child[]): Promise<void> {
  await Promise.all(children.map(stop));
}

function failEarly(name: string, child: ChildProcess, reject: (fault: Error) => void): void {
  child.once("error", (cause) => reject(new Error(`${name} could not be started`, { cause })));
  // "close" comes after the last of what it wrote.
  child.once("close", (code, signal) => {
    reject(new Error(`${name} ended before it was ready (${signal ?? `exit code ${code}`})`));
  });
}

function stop(running: Child): Promise<void> {
  const child = running.process;
  if (child.pid === undefined || endOf(running) !== undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => void child.kill("SIGKILL"), STOP_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}
