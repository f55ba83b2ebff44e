import * as v from "valibot";
import { onTestFinished } from "vitest";
import { startEdge, type Edge } from "./edge.ts";
import { startNamedOrigin, type NamedOrigin } from "./pool-sessions.ts";

/** The secret of management and affinity cookies. */
export const TOKEN = "a-token-that-only-the-tests-know";

/** Named origins that go when the test does. */
export async function startOrigins(...names: string[]): Promise<NamedOrigin[]> {
  const origins = await Promise.all(names.map((name) => startNamedOrigin(name)));
  onTestFinished(async () => void (await Promise.all(origins.map((origin) => origin.stop()))));
  return origins;
}

/** Settings as wrangler.toml has them, tables and all. */
export type Settings = Readonly<Record<string, unknown>>;

/** An edge that goes when the test does. */
export async function startPool(settings: Settings): Promise<Edge> {
  const texts = Object.entries({ MOORING_TOKEN: TOKEN, ...settings }).map(
    ([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  const edge = await startEdge({ origins: [], vars: Object.fromEntries(texts) });
  onTestFinished(async () => void (await edge.stop()));
  return edge;
}

/** Origins as a pool's table has them, each with what else is said of it. */
export function tables(
  origins: readonly NamedOrigin[],
  ...places: readonly Settings[]
): readonly Settings[] {
  return origins.map(({ name, url }, n) => ({ name, url, ...places[n] }));
}

const POOL = v.object({
  origins: v.array(v.object({ name: v.string(), health: v.string(), sessions: v.number() })),
});

/** What the pool object knows of the pool `default`. */
export async function knownOf(
  edge: Pick<Edge, "url">,
): Promise<v.InferOutput<typeof POOL>["origins"]> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${edge.url}/mooring/api/pools/default`, { headers });
  return v.parse(POOL, await response.json()).origins;
}

/** Adds an origin at run time. */
export async function join(edge: Edge, { name, url }: NamedOrigin): Promise<void> {
  const response = await fetch(`${edge.url}/mooring/api/pools/default/origins`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ name, url }),
  });
  if (!response.ok) throw new Error(`Expected the origin to join, got ${await response.text()}`);
}
