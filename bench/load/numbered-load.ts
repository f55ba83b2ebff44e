import { setTimeout as delay } from "node:timers/promises";
import type { Way } from "../stage/adapter-orders.ts";
import type { AdapterOrigin } from "../stage/adapter-origin.ts";
import type { AdapterStage } from "../stage/adapter-stage.ts";
import { ORIGINS } from "../stage/adapter-stage.ts";
import type { Delivery } from "./numbered-client.ts";

/** What a publisher may have under way, and how many more it may send when that many have arrived everywhere. */
const WINDOW = 64;
const GRANT = 16;

/** Nothing that is under way takes longer, unless it is lost. */
const ARRIVAL_MS = 15_000;

/** How many clients an event of one origin reaches. */
export function reachOf({ kind, clients }: AdapterStage, way: Way): number {
  if (way === "direct") return 1;
  return kind === "none" ? clients / ORIGINS : clients;
}

/** One publisher's events, some always under way. */
class Loop {
  readonly #origin: AdapterOrigin;
  readonly #way: Way;
  readonly #reach: number;
  #granted = 0;
  #deliveries = 0;
  #isEnding = false;
  readonly ended = Promise.withResolvers<void>();

  constructor(origin: AdapterOrigin, way: Way, reach: number) {
    this.#origin = origin;
    this.#way = way;
    this.#reach = reach;
    this.#grant(WINDOW);
  }

  get arrived(): number {
    return Math.floor(this.#deliveries / this.#reach);
  }

  deliver(): void {
    this.#deliveries += 1;
    const underWay = this.#granted - this.arrived;
    if (!this.#isEnding && underWay <= WINDOW - GRANT) this.#grant(GRANT);
    else if (this.#isEnding && underWay === 0) this.ended.resolve();
  }

  /** Grants no more, and resolves when all has arrived. */
  async end(): Promise<void> {
    this.#isEnding = true;
    if (this.arrived === this.#granted) return;
    const timer = setTimeout(() => this.ended.reject(new Error(this.#lack())), ARRIVAL_MS);
    await this.ended.promise;
    clearTimeout(timer);
  }

  #grant(count: number): void {
    this.#granted += count;
    this.#origin.emit(this.#way, count);
  }

  #lack(): string {
    return `Expected ${this.#granted} events of origin ${this.#origin.index} everywhere, got ${this.arrived}.`;
  }
}

/** Has the origins publish as fast as what they publish arrives. How many events arrived everywhere. */
export async function publishInLoops(
  stage: AdapterStage,
  origins: readonly AdapterOrigin[],
  way: Way,
  durationMs: number,
): Promise<number> {
  const reach = reachOf(stage, way);
  const loops = new Map(origins.map((origin) => [origin.index, new Loop(origin, way, reach)]));
  stage.onDelivery = ({ from }) => loops.get(from)?.deliver();
  await delay(durationMs);
  const ended = [...loops.values()];
  await Promise.all(ended.map((loop) => loop.end()));
  return ended.reduce((sum, { arrived }) => sum + arrived, 0);
}

/** Has one origin publish `count` events, and resolves when they have arrived everywhere. */
export async function publishSome(stage: AdapterStage, count: number): Promise<void> {
  const [origin] = stage.origins;
  const reach = reachOf(stage, "broadcast");
  const all = Promise.withResolvers<void>();
  let deliveries = 0;
  let granted = 0;
  const grant = (): void => {
    if (granted >= count || granted - deliveries / reach > WINDOW - GRANT) return;
    granted += GRANT;
    origin?.emit("broadcast", GRANT);
  };
  stage.onDelivery = () => {
    deliveries += 1;
    if (deliveries >= granted * reach && granted >= count) all.resolve();
    else grant();
  };
  grant();
  await all.promise;
}

/**
 * Has all origins together publish so many events that each client gets `rate` a second: without an adapter, each of them
 * publishes as many. What came of it.
 */
export async function publishAtRate(
  stage: AdapterStage,
  rate: number,
  durationMs: number,
): Promise<{ published: number; deliveries: readonly Delivery[]; handedUs: readonly number[] }> {
  const deliveries: Delivery[] = [];
  stage.onDelivery = (delivery) => void deliveries.push(delivery);
  const share = stage.kind === "none" ? rate : rate / ORIGINS;
  const paced = await Promise.all(stage.origins.map((origin) => origin.pace(share, durationMs)));
  const published = paced.reduce((sum, { sent }) => sum + sent, 0);
  const expected = published * reachOf(stage, "broadcast");
  const until = performance.now() + ARRIVAL_MS;
  while (deliveries.length < expected && performance.now() < until) await delay(10);
  return { published, deliveries, handedUs: paced.flatMap((each) => each.handedUs) };
}
