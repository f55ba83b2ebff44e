import { publishInLoops, publishSome, reachOf } from "./load/numbered-load.ts";
import type { Figures } from "./report/results.ts";
import { hasRecovery } from "./stage/adapter-kinds.ts";
import { usedSince } from "./stage/adapter-orders.ts";
import type { AdapterStage } from "./stage/adapter-stage.ts";

/** Code is compiled and buffers have grown after this many. */
const WARM = 4_000;
const WARM_MS = 1_000;

export interface AdapterOptions {
  readonly clients: number;
  readonly seconds: number;
  readonly kept: number;
}

export const ADAPTER_COLUMNS = {
  perSecond: ["deliveries/s", 0],
  publisher: ["publisher us", 1],
  receiver: ["receiver us", 1],
  origins: ["origins us", 1],
  broker: ["broker us", 1],
  direct: ["direct us", 1],
  directAll: ["direct us, all", 1],
  keptBytes: ["kept B, publisher", 0],
  keptBytesThere: ["kept B, receiver", 0],
  keptRss: ["RSS B, publisher", 0],
  keptRssThere: ["RSS B, receiver", 0],
  keptBroker: ["RSS B, broker", 0],
} as const;

export type AdapterFigure = keyof typeof ADAPTER_COLUMNS;

/** One round of one kind of adapter. Memory comes first, while there is little else in it. */
export async function measureAdapter(
  stage: AdapterStage,
  options: AdapterOptions,
): Promise<Figures<AdapterFigure>> {
  await stage.open(1);
  await publishSome(stage, WARM);
  const kept = await measureKept(stage, options.kept);
  const [publisher] = stage.origins;
  const alone = publisher === undefined ? [] : [publisher];
  await publishInLoops(stage, alone, "broadcast", WARM_MS);
  const ms = options.seconds * 1000;
  const broadcast = await metered(stage, () => publishInLoops(stage, alone, "broadcast", ms));
  await publishInLoops(stage, alone, "direct", WARM_MS);
  const direct = await metered(stage, () => publishInLoops(stage, alone, "direct", ms));
  await stage.open(options.clients);
  const perSecond = await measureDeliveries(stage, ms);
  return {
    ...kept,
    perSecond,
    publisher: broadcast.publisher,
    receiver: broadcast.receiver,
    origins: broadcast.origins,
    broker: broadcast.broker,
    direct: direct.publisher,
    directAll: direct.origins,
  };
}

/** CPU of each for one event of the first origin, in microseconds. */
async function metered(stage: AdapterStage, work: () => Promise<number>) {
  const before = await stage.usage();
  const brokerBefore = stage.broker?.cpuMs();
  const events = await work();
  const after = await stage.usage();
  const brokerMs = (stage.broker?.cpuMs() ?? 0) - (brokerBefore ?? 0);
  const [publisher = 0, ...receivers] = usedSince(before, after, "cpuMs").map(
    (ms) => (ms * 1000) / events,
  );
  const sum = receivers.reduce((all, us) => all + us, 0);
  return {
    publisher,
    receiver: sum / receivers.length,
    origins: publisher + sum,
    broker: stage.broker === undefined ? undefined : (brokerMs * 1000) / events,
  };
}

/** Deliveries a second with all origins publishing. */
async function measureDeliveries(stage: AdapterStage, ms: number): Promise<number> {
  await publishInLoops(stage, stage.origins, "broadcast", WARM_MS);
  const startedAt = performance.now();
  const arrived = await publishInLoops(stage, stage.origins, "broadcast", ms);
  const deliveries = arrived * reachOf(stage, "broadcast");
  return (deliveries * 1000) / (performance.now() - startedAt);
}

/** Memory for one event of the recent past, where there is one, in bytes. */
async function measureKept(stage: AdapterStage, count: number) {
  const before = await stage.usage({ isCollected: true });
  const brokerBefore = stage.broker?.memoryKb() ?? 0;
  await publishSome(stage, count);
  const after = await stage.usage({ isCollected: true });
  const brokerKb = (stage.broker?.memoryKb() ?? 0) - brokerBefore;
  const each = (kb: number | undefined) =>
    kb === undefined || !hasRecovery(stage.kind) ? undefined : (kb * 1024) / count;
  const [heap, heapThere] = usedSince(before, after, "heapKb");
  const [rss, rssThere] = usedSince(before, after, "rssKb");
  return {
    keptBytes: each(heap),
    keptBytesThere: each(heapThere),
    keptRss: each(rss),
    keptRssThere: each(rssThere),
    keptBroker: each(brokerKb),
  };
}
