import type { PoolOrigin } from "./origin.ts";
import { canonicalUrl, urlFault } from "./admin-url.ts";
import type { Persisted, Standing } from "./persisted.ts";

/** What an operator tells a pool at run time. */
export type Order =
  | { readonly type: "ready" | "drain" | "maint"; readonly origin: string }
  | { readonly type: "weight"; readonly origin: string; readonly weight: number }
  | { readonly type: "add"; readonly origin: PoolOrigin }
  | { readonly type: "remove"; readonly origin: string };

/** Why an order is not carried out; `message` is a sentence for the operator. */
export interface OrderFault {
  readonly code: "UNKNOWN_ORIGIN" | "BAD_VALUE" | "DUPLICATE" | "LAST_ORIGIN" | "TOO_MANY";
  readonly message: string;
}

export const MAX_WEIGHT = 1000;
export const MAX_ORIGINS = 500;

/** A name of one's own, or the URL's host and port, which is the default. */
const NAME = /^[\w.:[\]-]{1,260}$/;

const SHOWN_CHARACTERS = 80;

/** What is wrong with an order to the pool that has these origins. */
export function faultOf(origins: readonly PoolOrigin[], order: Order): OrderFault | undefined {
  if (order.type === "add") return additionFault(origins, order.origin);
  const { origin } = order;
  if (!origins.some(({ name }) => name === origin)) {
    return { code: "UNKNOWN_ORIGIN", message: `The pool has no origin named ${shown(origin)}.` };
  }
  if (order.type === "weight") return badValue(weightFault(order.weight));
  if (order.type === "remove" && origins.length === 1) {
    const message = `${shown(origin)} is the pool's last origin; add another first, or use maint.`;
    return { code: "LAST_ORIGIN", message };
  }
  return undefined;
}

/** What is to be remembered after an order that has no fault. */
export function afterOrder(
  configured: readonly PoolOrigin[],
  persisted: Persisted,
  order: Order,
): Persisted {
  switch (order.type) {
    case "ready":
      return withStanding(persisted, order.origin, ({ name, weight }) =>
        weight === undefined ? { name } : { name, weight },
      );
    case "drain":
    case "maint": {
      const admin = order.type;
      return withStanding(persisted, order.origin, (standing) => ({ ...standing, admin }));
    }
    case "weight": {
      const { weight } = order;
      return withStanding(persisted, order.origin, (standing) => ({ ...standing, weight }));
    }
    case "add": {
      const origin = { ...order.origin, url: canonicalUrl(order.origin.url) };
      return { ...persisted, added: [...persisted.added, origin] };
    }
    case "remove":
      return afterRemoval(configured, persisted, order.origin);
  }
}

function withStanding(
  persisted: Persisted,
  name: string,
  change: (standing: Standing) => Standing,
): Persisted {
  const before = persisted.standing.find((standing) => standing.name === name) ?? { name };
  const after = change(before);
  const others = persisted.standing.filter((standing) => standing.name !== name);
  const isEmpty = after.admin === undefined && after.weight === undefined;
  return { ...persisted, standing: isEmpty ? others : [...others, after] };
}

function afterRemoval(
  configured: readonly PoolOrigin[],
  persisted: Persisted,
  name: string,
): Persisted {
  const removed = persisted.removed.filter((other) => other !== name);
  return {
    standing: persisted.standing.filter((standing) => standing.name !== name),
    added: persisted.added.filter((origin) => origin.name !== name),
    removed: configured.some((origin) => origin.name === name) ? [...removed, name] : removed,
  };
}

function additionFault(
  origins: readonly PoolOrigin[],
  { name, url, weight, maxConnections }: PoolOrigin,
): OrderFault | undefined {
  const bad = badValue(
    nameFault(name) ?? urlFault(url) ?? weightFault(weight) ?? maximumFault(maxConnections),
  );
  if (bad) return bad;
  if (origins.some((origin) => origin.name === name)) {
    return { code: "DUPLICATE", message: `The pool already has an origin named ${shown(name)}.` };
  }
  const canonical = canonicalUrl(url);
  const twin = origins.find((origin) => canonicalUrl(origin.url) === canonical);
  if (twin) {
    const message = `The pool already has ${canonical}, as ${shown(twin.name)}.`;
    return { code: "DUPLICATE", message };
  }
  if (origins.length < MAX_ORIGINS) return undefined;
  return { code: "TOO_MANY", message: `A pool has at most ${MAX_ORIGINS} origins.` };
}

function badValue(message: string | undefined): OrderFault | undefined {
  return message === undefined ? undefined : { code: "BAD_VALUE", message };
}

function nameFault(name: string): string | undefined {
  if (NAME.test(name)) return undefined;
  return `Expected a name of letters, digits and . : _ - [ ], got ${shown(name)}.`;
}

function weightFault(weight: number): string | undefined {
  if (Number.isInteger(weight) && weight >= 0 && weight <= MAX_WEIGHT) return undefined;
  return `Expected a whole weight from 0 to ${MAX_WEIGHT}, got ${weight}.`;
}

function maximumFault(maximum: number | undefined): string | undefined {
  if (maximum === undefined || (Number.isSafeInteger(maximum) && maximum > 0)) return undefined;
  return `Expected a whole number of connections above 0, got ${maximum}.`;
}

function shown(text: string): string {
  return JSON.stringify(
    text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}...`,
  );
}
