/**
 * How soon clients work again when one of three stock servers is killed, without adapter or recovery: behind Mooring
 * with its defaults, nginx, and HAProxy.
 *
 * `node bench/continuity-stock.ts [--rounds 9] [--clients 300] [--uplink 1] [--echo 2] [--before 2] [--after 4]`
 *
 * As in `continuity.ts`, where the rates are higher: of a client that asks twice a second a question waits when its
 * back-off is over, 0.5 s at the least, so that nothing but the answer to that tells when it works.
 * `MOORING_FRONTS=mooring-stock,nginx-stock` runs a part of it.
 */
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { readOptions } from "./report/options.ts";
import type { Figures } from "./report/results.ts";
import { frontsOf, runContinuity } from "./report/run-continuity.ts";
import type { ContinuityClient } from "./stage/continuity-client.ts";
import { ORIGIN_NAMES, STOCK_FRONT_NAMES } from "./stage/continuity-kinds.ts";
import type { ContinuityStage } from "./stage/continuity-stage.ts";
import { backAfterMs, originOf, shareOf } from "./stage/continuity-tally.ts";

const options = readOptions({ rounds: 9, clients: 300, uplink: 1, echo: 2, before: 2, after: 4 });

/** Who has no answer within this, longer than the pause between two questions, is at no server. */
const LATELY_MS = 1000;

const COLUMNS = {
  struck: ["lost their server", 0],
  disconnects: ["disconnects", 0],
  attempts: ["attempts", 0],
  back50: ["50 % work after ms", 0],
  back99: ["99 %", 0],
  back100: ["100 %", 0],
  // What isn't the client's back-off: until it hears `disconnect`, and from its attempt on.
  told50: ["50 % told after ms", 0],
  told99: ["99 %", 0],
  joined50: ["50 % join in ms", 0],
  joined99: ["99 %", 0],
  live: ["at a live server", 0],
  load: ["load", 1],
} as const;

type Figure = keyof typeof COLUMNS;

const MOORING = { subject: "mooring-stock" } as const;
const NGINX = { ...MOORING, control: "nginx-stock", limit: { atMost: 1 } } as const;
const HAPROXY = { ...MOORING, control: "haproxy-stock", limit: undefined } as const;

await runContinuity(
  {
    name: "continuity, stock servers",
    columns: COLUMNS,
    ratios: [
      { ...NGINX, title: "50 % work after, Mooring / nginx", figure: "back50" },
      { ...NGINX, title: "99 % work after, Mooring / nginx", figure: "back99" },
      { ...HAPROXY, title: "50 % work after, Mooring / HAProxy", figure: "back50" },
      { ...HAPROXY, title: "99 % work after, Mooring / HAProxy", figure: "back99" },
    ],
  },
  frontsOf(STOCK_FRONT_NAMES),
  options.rounds,
  measure,
);

async function measure(stage: ContinuityStage): Promise<Figures<Figure>> {
  const { clients, origins } = stage;
  await stage.open(options.clients);
  stage.begin(options);
  await delay(1000 + options.before * 1000);
  const struckMs = performance.now();
  await origins[0]?.kill();
  await delay(options.after * 1000);
  return figuresOf(clients, struckMs, performance.now());
}

function figuresOf(
  clients: readonly ContinuityClient[],
  struckMs: number,
  endedMs: number,
): Figures<Figure> {
  const [killed] = ORIGIN_NAMES;
  const struck = clients.filter((client) => originOf(client, struckMs) === killed);
  const back = struck.map((client) => backAfterMs(client, struckMs));
  const told = struck.map(({ disconnectedMs: [atMs = Infinity] }) => atMs - struckMs);
  const tried = struck.map(({ triedMs: [atMs = Infinity] }) => atMs - struckMs);
  const joined = back.map((ms, i) => ms - (tried[i] ?? 0));
  const [load] = loadavg();
  return {
    struck: struck.length,
    disconnects: clients.flatMap(({ disconnectedMs }) => disconnectedMs).length,
    attempts: clients.flatMap(({ triedMs }) => triedMs).length,
    back50: shareOf(0.5, back),
    back99: shareOf(0.99, back),
    back100: shareOf(1, back),
    told50: shareOf(0.5, told),
    told99: shareOf(0.99, told),
    joined50: shareOf(0.5, joined),
    joined99: shareOf(0.99, joined),
    live: clients.filter((client) => isAtLive(client, endedMs)).length,
    load,
  };
}

function isAtLive({ answers }: ContinuityClient, nowMs: number): boolean {
  const last = answers.at(-1);
  return last !== undefined && last.by !== ORIGIN_NAMES[0] && last.atMs > nowMs - LATELY_MS;
}
