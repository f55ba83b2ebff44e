import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const REPOSITORY = join(import.meta.dirname, "../..");
const STOP_MS = 5_000;
const KEPT_LINES = 10;

/** What the edge is told beside its origins and its token. */
const SETTINGS = {
  // A question that a killed server owes an answer to is asked again: the page's own are harmless twice.
  ON_PENDING_ACKS: "replay",
  HEALTH: JSON.stringify({ interval: "1s", rise: 1, fall: 2 }),
};

/** A process of the demonstration. `url` resolves once it serves there, and rejects if it ends before. */
export interface Child {
  name: string;
  process: ChildProcess;
  url: Promise<string>;
  /** What it wrote last, of what is not shown while all goes well. */
  lastLines: readonly string[];
}

export interface OriginOptions {
  name: string;
  /** Where it listens; 0 asks for any free port. */
  port: number;
  /** The origins, as browsers have the word, of the pages that it lets in. */
  pages: string[];
  token: string;
}

/** Starts one Socket.IO server. It listens, and serves once `serve` has told it where the edge is. */
export function startOrigin({ name, port, pages, token }: OriginOptions): Child {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "origin.ts"), name, String(port), ...pages],
    {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env: { ...process.env, MOORING_TOKEN: token },
    },
  );
  const url = new Promise<string>((resolve, reject) => {
    failEarly(name, child, reject);
    child.on("message", (got) => {
      if (typeof got === "number") resolve(`http://127.0.0.1:${got}`);
    });
  });
  return { name, process: child, url, lastLines: [] };
}

/** Tells a server where the edge is; resolves when it serves. */
export function serve({ name, process: child }: Child, edge: string): Promise<void> {
  return new Promise((resolve, reject) => {
    failEarly(name, child, reject);
    child.on("message", (message) => {
      if (message === "serving") resolve();
    });
    child.send(edge, (fault) => {
      if (fault !== null) reject(fault);
    });
  });
}

/** Starts the edge in front of these servers. Port 0 asks for any free one. */
export function startEdge(
  origins: readonly { name: string; url: string }[],
  port: number,
  token: string,
): Child {
  const name = "the edge";
  const named = origins.flatMap((origin) => ["--origin", `${origin.name}=${origin.url}`]);
  const vars = Object.entries(SETTINGS).flatMap(([key, value]) => ["--var", `${key}=${value}`]);
  const endWithParent = pathToFileURL(join(import.meta.dirname, "end-with-parent.ts")).href;
  const command = join(REPOSITORY, "src/cli/main.ts");
  const child = spawn(
    process.execPath,
    ["--import", endWithParent, command, "dev", "--port", String(port), ...named, ...vars],
    {
      cwd: REPOSITORY,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // Arguments can be read by others on the machine.
      env: { ...process.env, MOORING_TOKEN: token },
    },
  );
  return { name, process: child, ...readEdge(name, child) };
}

/** How it ended, in words, or `undefined` while it runs. */
export function endOf({ process: child }: Child): string | undefined {
  if (child.signalCode !== null) return child.signalCode;
  return child.exitCode === null ? undefined : `exit code ${child.exitCode}`;
}

/** Ends them all and resolves when none is left. One that takes too long is killed. */
export async function stopAll(children: Iterable<Child>): Promise<void> {
  await Promise.all(Array.from(children, stop));
}

function readEdge(name: string, child: ChildProcess): Pick<Child, "url" | "lastLines"> {
  const url = new Promise<string>((resolve, reject) => {
    failEarly(name, child, reject);
    eachLine(child.stdout, (line) => {
      const ready = /^Mooring is ready on (http:\S+)$/.exec(line)?.[1];
      if (ready !== undefined) resolve(ready);
    });
  });
  // Its log has lines for every session, which the page shows better.
  const lastLines: string[] = [];
  eachLine(child.stderr, (line) => {
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
  });
  return { url, lastLines };
}

function eachLine(stream: ChildProcess["stdout"], take: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on("line", take);
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
    // Each takes the end of this channel for its own, whoever ends it.
    if (child.connected) child.disconnect();
  });
}
