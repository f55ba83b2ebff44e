import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import * as v from "valibot";
import { startEdge, type Edge } from "./edge.ts";

const DOCUMENT = join(import.meta.dirname, "../../docs/from-your-load-balancer.md");

const CONFIG = v.strictObject({
  vars: v.looseObject({
    ORIGINS: v.array(v.union([v.string(), v.looseObject({ name: v.string(), url: v.string() })])),
  }),
});

/** Vars of a wrangler.toml. */
export type Vars = v.InferOutput<typeof CONFIG>["vars"];

/** The Mooring configurations of the document, by the section that they stand in. */
export function documentedVars(): ReadonlyMap<string, readonly Vars[]> {
  const [, ...sections] = readFileSync(DOCUMENT, "utf8").split(/^## /m);
  return new Map(
    sections.map((section) => {
      const title = section.split("\n", 1)[0] ?? "";
      const blocks = [...section.matchAll(/^```toml\n(.*?)^```$/gms)].map(([, toml = ""]) => toml);
      return [title, blocks.map((toml) => v.parse(CONFIG, parse(toml)).vars)];
    }),
  );
}

/** What is no var but a secret (`wrangler secret put`). */
const SECRETS = { MOORING_TOKEN: "a-token-that-only-the-tests-know" };

/** The edge with these vars, their origins' URLs replaced by others in turn. */
export function startWith(vars: Vars, urls: readonly string[]): Promise<Edge> {
  const origins = vars.ORIGINS.map((origin, n) => {
    const url = urls[n];
    if (url === undefined) throw new Error(`Expected ${vars.ORIGINS.length} URLs, got ${n}.`);
    return typeof origin === "string" ? origin.replace(/=.*$/, `=${url}`) : { ...origin, url };
  });
  const entries = Object.entries({ ...vars, ORIGINS: origins });
  const texts = entries.map(([name, value]) => [name, textOf(value)] as const);
  return startEdge({ origins: [], vars: { ...SECRETS, ...Object.fromEntries(texts) } });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
