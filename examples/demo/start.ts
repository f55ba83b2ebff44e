/**
 * The demonstration: three stock Socket.IO servers, the edge in front of them, and a page.
 *
 * `npm start` or `npm start -- [--port 3000] [--edge-port 8787]`; 0 asks for any free port.
 */
import { parseArgs } from "node:util";
import { endOf, startEdge, startOrigin, stopAll } from "./children.ts";
import type { Child } from "./children.ts";
import { createPageServer } from "./page-server.ts";
import type { DemoConfig } from "./page/facts.ts";
import { freePort, listenFrom } from "./port.ts";

const HOST = "127.0.0.1";
const PARENT_CHECK_MS = 250;
const ORIGIN_NAMES = ["amber", "birch", "cedar"];

const children: Child[] = [];
let config: DemoConfig | undefined;
let stopping: Promise<void> | undefined;

const ports = readPorts();
const pageServer = await createPageServer(() => config);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // npm passes on a Ctrl-C that this process has had already, so a second one changes nothing.
  process.on(signal, () => void stop(0));
}

if (process.env["npm_lifecycle_event"] !== undefined) followParent();

try {
  await start();
} catch (fault) {
  // A child that a signal of ours ended before it was ready is no fault.
  if (stopping === undefined) {
    const said = children.flatMap(({ lastLines }) => lastLines);
    const why = fault instanceof Error ? fault.message : String(fault);
    say([...said, `The demonstration did not start: ${why}.`].join("\n"));
    await stop(1);
  }
}

async function start(): Promise<void> {
  const pagePort = await listenFrom(pageServer, ports.page, HOST);
  sayWhenMoved("page", ports.page, pagePort);

  const pages = [`http://${HOST}:${pagePort}`, `http://localhost:${pagePort}`];
  const origins = ORIGIN_NAMES.map((name) => startOrigin(name, pages));
  children.push(...origins);
  const named = await Promise.all(origins.map(async ({ name, url }) => ({ name, url: await url })));

  const edgePort = await freePort(ports.edge, HOST);
  sayWhenMoved("edge", ports.edge, edgePort);
  const edge = startEdge(named, edgePort);
  children.push(edge);

  config = { edge: await edge.url, origins: named };
  for (const origin of origins) watch(origin);
  watch(edge);
  announce(`http://${HOST}:${pagePort}/`, config, origins);
}

function announce(page: string, { edge, origins }: DemoConfig, running: Child[]): void {
  const lines = origins.map(({ name, url }, index) => {
    const pid = running[index]?.process.pid ?? "?";
    return `  ${index === 0 ? "Origins" : "       "}  ${name}  ${url}  (process ${pid})`;
  });
  say(`
Mooring's demonstration is running.

  Page     ${page}  <- open this
  Edge     ${edge}
${lines.join("\n")}

Ctrl-C stops all of it.
`);
}

/** Without a server the rest goes on, which is worth seeing; without the edge there is nothing. */
function watch(child: Child): void {
  const ended = (): void => {
    if (stopping !== undefined) return;
    const end = `${child.name} (process ${child.process.pid}) has ended: ${endOf(child)}.`;
    say([...child.lastLines, end].join("\n"));
    if (child.name === "the edge") void stop(1);
  };
  if (endOf(child) === undefined) child.process.once("close", ended);
  else ended();
}

/** The shell between npm and this process ends on a signal to npm, and passes it on to nobody. */
function followParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) void stop(0);
  }, PARENT_CHECK_MS);
  timer.unref();
}

function stop(exitCode: number): Promise<void> {
  stopping ??= stopAll(children).then(() => {
    pageServer.close();
    pageServer.closeAllConnections();
    process.exit(exitCode);
  });
  return stopping;
}

function sayWhenMoved(what: string, wanted: number, got: number): void {
  if (wanted !== 0 && got !== 0 && got !== wanted) {
    say(`Port ${wanted} is taken, so the ${what} is on ${got}.`);
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readPorts(): { page: number; edge: number } {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "3000" },
        "edge-port": { type: "string", default: "8787" },
      },
    });
    return {
      page: parsePort("--port", values.port),
      edge: parsePort("--edge-port", values["edge-port"]),
    };
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n`);
    return process.exit(2);
  }
}

function parsePort(option: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65535) return port;
  throw new Error(`${option}: expected a port from 0 to 65535, got ${JSON.stringify(text)}`);
}
