import { setTimeout as pause } from "node:timers/promises";
import type { ChaosOrigin } from "./chaos-origin.ts";
import type { Chaos } from "./chaos.ts";

/** Breaks something, of one origin where it is an origin's, and resolves when those concerned have noticed. */
type Break = (chaos: Chaos, origin: ChaosOrigin) => Promise<void>;

const REFUSING_MS = 1000;

/** All that may break. */
export const BREAKS = {
  /** Both ends of a link are told. */
  async cutLink(_, { link }) {
    const back = link.next();
    link.cut();
    await back;
  },
  /** A link's connections are accepted, and then reset. */
  async refuseLink(_, { link }) {
    link.refuse();
    await pause(REFUSING_MS);
    const back = link.next();
    link.clear();
    await back;
  },
  /** Nothing passes, and neither end is told. */
  async silenceLink(_, { link }) {
    const back = link.next();
    link.swallow();
    await back;
  },
  async cutClients({ clients }) {
    await Promise.all(clients.filter((_, i) => i % 2 === 0).map((client) => client.cut()));
  },
  /** The hub's memory, all links and all clients' connections go with it. */
  async killEdge(chaos) {
    await chaos.killEdge();
    await chaos.startEdge();
  },
  async killOrigin(chaos, origin) {
    await origin.kill();
    await chaos.startOrigin(origin);
  },
} satisfies Readonly<Record<string, Break>>;

export type BreakName = keyof typeof BREAKS;
