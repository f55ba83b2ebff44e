import type { AdapterKind } from "../stage/adapter-kinds.ts";
import { ADAPTER_KINDS, isAdapterKind } from "../stage/adapter-kinds.ts";
import type { AdapterStageOptions } from "../stage/adapter-stage.ts";
import { AdapterStage } from "../stage/adapter-stage.ts";
import type { Described, Figures } from "./results.ts";
import { printResults } from "./results.ts";

/**
 * For so long after its start a hub waits for links that may come back, and origins keep what they publish. That is over
 * before anything is measured, for which its default of a minute would be long.
 */
const GRACE_MS = 3_000;

/** A few of the kinds, for whoever works on one of them: MOORING_ADAPTERS=none,mooring. */
const KINDS = process.env["MOORING_ADAPTERS"]?.split(",").filter(isAdapterKind) ?? ADAPTER_KINDS;

/**
 * Runs a benchmark of adapters, the kinds in turn. Every round has processes of its own, since what an origin keeps of
 * the past would be in the next one's memory.
 */
export async function runAdapters<Name extends string>(
  described: Described<Name, AdapterKind>,
  options: AdapterStageOptions & { readonly rounds: number },
  measure: (stage: AdapterStage) => Promise<Figures<Name>>,
): Promise<void> {
  const measured = new Map<AdapterKind, Figures<Name>[]>();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const kind of KINDS) {
      process.stderr.write(`${described.name}: ${kind}\n`);
      const figures = await staged(kind, options, measure);
      measured.set(kind, [...(measured.get(kind) ?? []), figures]);
    }
  }
  printResults(described, measured);
}

async function staged<T>(
  kind: AdapterKind,
  { bytes, url, profiles }: AdapterStageOptions,
  measure: (stage: AdapterStage) => Promise<T>,
): Promise<T> {
  const stage = await AdapterStage.set(kind, { bytes, url, profiles, graceMs: GRACE_MS });
  const stop = (): void => void stage.strike().finally(() => process.exit(1));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await measure(stage);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await stage.strike();
  }
}

/** A ratio of two kinds' figures, with nothing to reach. */
export function over<Name extends string>(
  subject: AdapterKind,
  control: AdapterKind,
  figure: Name,
  title: string,
) {
  return { title, subject, figure, control, limit: undefined };
}
