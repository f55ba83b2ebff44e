/**
 * Codecs of the hot path, in workerd: ours beside engine.io-parser and socket.io-parser, in nanoseconds of CPU a call.
 *
 * `node bench/codec.ts [--rounds 5] [--milliseconds 300]`
 */
import { CODEC_CASES } from "./bare/codec-cases.ts";
import { median, table } from "./report/figures.ts";
import { readOptions } from "./report/options.ts";
import { Stage } from "./stage/stage.ts";
import type { Target } from "./stage/target.ts";
import { metered } from "./stage/target.ts";

const { rounds, milliseconds } = readOptions({ rounds: 5, milliseconds: 300 });

/** Enough to be compiled, few enough to be over soon. */
const FIRST_CALLS = 20_000;

const stage = await Stage.set(["codec"]);
try {
  const [target] = stage.targets;
  if (target === undefined) throw new Error("Expected a Worker with the codecs, got none.");
  for (const [index, { title, candidates }] of CODEC_CASES.entries()) {
    print(title, await measureCase(target, index, Object.keys(candidates)));
  }
} finally {
  await stage.strike();
}

/** Nanoseconds a call by candidate: medians over rounds that take turns. */
async function measureCase(
  target: Target,
  index: number,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const plans: { path: string; calls: number; ns: number[]; name: string }[] = [];
  for (const name of names) {
    const path = `${target.url}/${index}/${encodeURIComponent(name)}`;
    await metered(target, () => call(path, FIRST_CALLS));
    const { ms } = await metered(target, () => call(path, FIRST_CALLS));
    plans.push({ name, path, calls: Math.ceil((FIRST_CALLS * milliseconds) / ms), ns: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { path, calls, ns } of plans) {
      const { cpu } = await metered(target, () => call(path, calls));
      ns.push((cpu.front * 1e6) / calls);
    }
  }
  return new Map(plans.map(({ name, ns }) => [name, median(ns) ?? Number.NaN]));
}

async function call(path: string, calls: number): Promise<void> {
  const response = await fetch(`${path}/${calls}`);
  const seen = await response.text();
  if (!(Number(seen) > 0)) throw new Error(`Expected the codecs to give something, got ${seen}.`);
}

function print(title: string, measured: ReadonlyMap<string, number>): void {
  const [ours = Number.NaN] = measured.values();
  const rows = [...measured].map(([name, ns]) => {
    return [name, ns.toFixed(0), (ns / ours).toFixed(2)];
  });
  console.log(`${table([title, "ns", "of ours"], rows)}\n`);
  for (const [name, ns] of measured) {
    console.log(JSON.stringify({ benchmark: "codec", case: title, name, ns }));
  }
  console.log();
}
