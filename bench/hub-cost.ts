/**
 * What the hub costs a month: origins on one edge broadcast for a while, and the messages that the hub gets and sends are
 * counted on the way between them.
 *
 * `node bench/hub-cost.ts [--seconds 20] [--bytes 100] [--origins 3] [--shards 1] [--settle 5]`
 */
import { setTimeout as delay } from "node:timers/promises";
import { NewsClients } from "./load/news-clients.ts";
import { table } from "./report/figures.ts";
import { BILL_HEADINGS, billRow } from "./report/hub-bill.ts";
import { readOptions } from "./report/options.ts";
import { CountingProxy } from "./stage/counting-proxy.ts";
import type { Program } from "./stage/program.ts";
import { startServing } from "./stage/program.ts";

type Serving = Program & { readonly url: string };

/** Broadcasts a second, of all origins together. */
const RATES = [0, 10, 200, 2000];

const TOKEN = "a-token-for-this-run-alone";

const { seconds, bytes, origins, shards, settle } = readOptions({
  seconds: 20,
  bytes: 100,
  origins: 3,
  shards: 1,
  settle: 5,
});

const programs: Program[] = [];
const clients = new NewsClients();
let proxy: CountingProxy | undefined;
try {
  const edge = await started("../src/cli/main.ts", "dev", "--port", "0", ...edgeSettings());
  proxy = await CountingProxy.start(edge.url);
  const servers: Serving[] = [];
  for (let i = 0; i < origins; i += 1) {
    servers.push(await started("stage/hub-origin-program.ts", proxy.url, TOKEN));
  }
  await linked(servers);
  for (const { url } of servers) await clients.connect(url);
  const rows: string[][] = [];
  for (const rate of RATES) rows.push(await measured(servers, proxy, rate));
  const set = `${origins} origins, shards: ${shards}, ${bytes} bytes an event, ${seconds} s each`;
  console.log(`\nhub-cost: ${set}\n`);
  console.log(table(BILL_HEADINGS, rows));
} finally {
  clients.disconnect();
  proxy?.stop();
  for (const program of programs.toReversed()) await program.stop();
}

function edgeSettings(): readonly string[] {
  const vars = [`MOORING_TOKEN=${TOKEN}`, `HUB_SHARDS=${shards}`];
  return ["--origin", "http://127.0.0.1:9", ...vars.flatMap((text) => ["--var", text])];
}

async function started(path: string, ...args: readonly string[]): Promise<Serving> {
  const program = await startServing(process.execPath, [`${import.meta.dirname}/${path}`, ...args]);
  programs.push(program);
  return program;
}

/** Resolves when every origin counts all of them. */
async function linked(servers: readonly Serving[]): Promise<void> {
  const counts = await Promise.all(servers.map(({ url }) => textOf(`${url}/count`)));
  if (counts.every((count) => count === `${servers.length}`)) return;
  await delay(100);
  await linked(servers);
}

async function measured(
  servers: readonly Serving[],
  counter: CountingProxy,
  rate: number,
): Promise<string[]> {
  process.stderr.write(`hub-cost: ${rate} broadcasts/s\n`);
  await run(servers, rate, 2);
  // What the first ones left has been confirmed.
  await delay(settle * 1000);
  counter.take();
  clients.delivered = 0;
  const [sent] = await Promise.all([run(servers, rate, seconds), delay(seconds * 1000)]);
  const counted = counter.take();
  await delay(1000);
  const expected = sent * servers.length;
  if (clients.delivered !== expected) {
    throw new Error(`Expected ${expected} deliveries, got ${clients.delivered}.`);
  }
  const what = { benchmark: "hub-cost", origins, shards, rate, sent, seconds, bytes };
  console.log(JSON.stringify({ ...what, ...counted }));
  return billRow({ rate, seconds, shards, counted });
}

async function run(servers: readonly Serving[], rate: number, lasting: number): Promise<number> {
  const query = `rate=${rate / servers.length}&seconds=${lasting}&bytes=${bytes}`;
  const sent = await Promise.all(servers.map(({ url }) => textOf(`${url}/run?${query}`)));
  return sent.reduce((sum, count) => sum + Number(count), 0);
}

async function textOf(url: string): Promise<string> {
  const response = await fetch(url);
  return response.text();
}
