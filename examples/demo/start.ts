/**
 * The demonstration: three Socket.IO servers, the edge in front of them, and a page.
 *
 * `npm start` or `npm start -- [--port 3000] [--edge-port 8787]`; 0 asks for any free port. `MOORING_TOKEN` of the
 * environment is the edge's secret, or else one that is made up.
 */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { endOf, startEdge, startOrigin, stopAll } from "./children.ts";
import type { Child } from "./children.ts";
import { Control } from "./control.ts";
import { Fleet } from "./fleet.ts";
import { Management } from "./management.ts";
import { createPageServer } from "./page-server.ts";
import type { Running } from "./page-server.ts";
import { freePort, listenFrom } from "./port.ts";

const HOST = "127.0.0.1";
const PARENT_CHECK_MS = 250;
const ORIGIN_NAMES = ["amber", "birch", "cedar"];

const ports = readPorts();
const token = tokenOf(process.env["MOORING_TOKEN"]);
const pages: string[] = [];
const fleet = new Fleet({
  start: (name, port) => startOrigin({ name, port, pages, token }),
  say,
  changed: () => running?.control.changed(),
});
let edge: Child | undefined;
let running: Running | undefined;
let stopping: Promise<void> | undefined;

const pageServer = await createPageServer(() => running);

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
    const why = fault instanceof Error ? fault.message : String(fault);
    say([...(edge?.lastLines ?? []), `The demonstration did not start: ${why}.`].join("\n"));
    await stop(1);
  }
}

async function start(): Promise<void> {
  const pagePort = await listenFrom(pageServer, ports.page, HOST);
  sayWhenMoved("page", ports.page, pagePort);
  pages.push(`http://${HOST}:${pagePort}`, `http://localhost:${pagePort}`);
  const origins = await fleet.launch(ORIGIN_NAMES);

  const edgePort = await freePort(ports.edge, HOST);
  sayWhenMoved("edge", ports.edge, edgePort);
  edge = startEdge(origins, edgePort, token);
  const url = await edge.url;
  await fleet.serve(url);
  watchEdge(edge);

  const control = new Control({ fleet, management: new Management(url, token), pages });
  running = { config: { edge: url, origins }, control };
  announce(`http://${HOST}:${pagePort}/`, running);
}

function announce(page: string, { config }: Running): void {
  const lines = config.origins.map(({ name, url }, index) => {
    const pid = fleet.children[index]?.process.pid ?? "?";
    return `  ${index === 0 ? "Origins" : "       "}  ${name}  ${url}  (process ${pid})`;
  });
  say(`
Mooring's demonstration is running.

  Page     ${page}  <- open this
  Edge     ${config.edge}
${lines.join("\n")}

Ctrl-C stops all of it.
`);
}

/** Without a server the rest goes on, which is worth seeing; without the edge there is nothing. */
function watchEdge(child: Child): void {
  const ended = (): void => {
    if (stopping !== undefined) return;
    const end = `${child.name} (process ${child.process.pid}) has ended: ${endOf(child)}.`;
    say([...child.lastLines, end].join("\n"));
    void stop(1);
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
  stopping ??= stopChildren().then(() => {
    pageServer.close();
    pageServer.closeAllConnections();
    process.exit(exitCode);
  });
  return stopping;
}

async function stopChildren(): Promise<void> {
  fleet.leave();
  await stopAll([...fleet.children, ...(edge === undefined ? [] : [edge])]);
}

function sayWhenMoved(what: string, wanted: number, got: number): void {
  if (wanted !== 0 && got !== 0 && got !== wanted) {
    say(`Port ${wanted} is taken, so the ${what} is on ${got}.`);
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function tokenOf(given: string | undefined): string {
  return given === undefined || given === "" ? randomBytes(24).toString("base64url") : given;
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
