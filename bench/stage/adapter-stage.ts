import { setTimeout as delay } from "node:timers/promises";
import type { Delivery } from "../load/numbered-client.ts";
import { NumberedClient } from "../load/numbered-client.ts";
import type { AdapterKind } from "./adapter-kinds.ts";
import { brokerOf } from "./adapter-kinds.ts";
import { AdapterOrigin } from "./adapter-origin.ts";
import type { Usage } from "./adapter-orders.ts";
import type { BrokerOptions } from "./adapter-broker.ts";
import { AdapterBroker } from "./adapter-broker.ts";

export const ORIGINS = 3;

/** Links and subscriptions are there after this. */
const LINKED_MS = 1_000;

export interface AdapterStageOptions extends BrokerOptions {
  readonly bytes: number;
  readonly profiles?: string | undefined;
}

/** Three origins with one kind of adapter, the broker between them, and their clients. */
export class AdapterStage {
  readonly kind: AdapterKind;
  readonly broker: AdapterBroker | undefined;
  readonly origins: readonly AdapterOrigin[];
  readonly #clients: NumberedClient[] = [];
  /** What the clients tell of each event. */
  onDelivery: (delivery: Delivery) => void = () => {};

  private constructor(
    kind: AdapterKind,
    broker: AdapterBroker | undefined,
    origins: readonly AdapterOrigin[],
  ) {
    this.kind = kind;
    this.broker = broker;
    this.origins = origins;
  }

  static async set(kind: AdapterKind, options: AdapterStageOptions): Promise<AdapterStage> {
    const broker = await AdapterBroker.start(brokerOf(kind), options);
    const origins: AdapterOrigin[] = [];
    const stage = new AdapterStage(kind, broker, origins);
    try {
      const { url: brokerUrl = "", token = "" } = broker ?? {};
      const { bytes, profiles, graceMs } = options;
      for (let index = 0; index < ORIGINS; index += 1) {
        const origin = { kind, index, brokerUrl, token, bytes, profiles };
        origins.push(await AdapterOrigin.start(origin));
      }
      await delay(LINKED_MS + (brokerOf(kind) === "edge" ? (graceMs ?? 0) : 0));
      return stage;
    } catch (error) {
      await stage.strike();
      throw error;
    }
  }

  get clients(): number {
    return this.#clients.length;
  }

  /** Opens clients until every origin has so many. */
  async open(perOrigin: number): Promise<void> {
    while (this.#clients.length < perOrigin * ORIGINS) {
      for (const { url, index } of this.origins) {
        const client = NumberedClient.open(url, index, (delivery) => this.onDelivery(delivery));
        this.#clients.push(await client);
      }
    }
  }

  /** What each origin has used so far. */
  usage(options: { isCollected?: boolean } = {}): Promise<Usage[]> {
    return Promise.all(this.origins.map((origin) => origin.usage(options)));
  }

  /** Ends all that was started. */
  async strike(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all(this.origins.map((origin) => origin.stop()));
    await this.broker?.stop();
  }
}
