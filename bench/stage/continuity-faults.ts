import { setTimeout as delay } from "node:timers/promises";
import type { Workload } from "./continuity-kinds.ts";
import type { ContinuityStage } from "./continuity-stage.ts";

/** In seconds. */
export interface Spans {
  /** How long an origin hangs. */
  readonly hang: number;
  /** How long clients have after the last thing that happened. */
  readonly after: number;
  /** From an origin that is back to the next one's turn. */
  readonly pause: number;
}

/** By `performance.now()`. */
export interface Struck {
  /** When it began, and when the one that was killed had gone, or the one that hangs was told to. */
  readonly struckMs: number;
  readonly goneMs: number;
}

/** Has it happen. */
export async function strikeOrigins(
  stage: ContinuityStage,
  workload: Workload,
  spans: Spans,
): Promise<Struck> {
  const [origin] = stage.origins;
  const struckMs = performance.now();
  let goneMs = struckMs;
  switch (workload) {
    case "kill":
      await origin?.kill();
      goneMs = performance.now();
      break;
    case "hang":
      origin?.signal("SIGSTOP");
      await delay(spans.hang * 1000);
      origin?.signal("SIGCONT");
      break;
    case "roll":
      await rollingRestart(stage, spans);
  }
  await delay(spans.after * 1000);
  return { struckMs, goneMs };
}

/** As a deploy does, by the means of what stands before the origins. */
async function rollingRestart(stage: ContinuityStage, { pause }: Spans): Promise<void> {
  const { front, origins } = stage;
  for (const origin of origins) {
    await front.drain(origin.name);
    await origin.restart();
    await stage.linked();
    await front.ready(origin.name);
    await delay(pause * 1000);
  }
}
