import { echoAtRate, echoInLoops } from "../load/echo-load.ts";
import type { EchoSession } from "../load/session.ts";
import { openAll } from "../load/session.ts";
import type { Target } from "../stage/target.ts";
import { metered } from "../stage/target.ts";
import { CPU_COLUMNS, cpuEach } from "./cpu-figures.ts";
import { percentile } from "./figures.ts";
import type { Figures } from "./run.ts";

export const ECHO_DEFAULTS = { rounds: 5, sessions: 100, bytes: 100, seconds: 3, ramp: 3 };

export type EchoOptions = Readonly<Record<keyof typeof ECHO_DEFAULTS | "rate", number>>;

/** The code is warm after this; V8's compiler would otherwise be in the figures of the first rounds. */
const WARM_MS = 1_000;

export const ECHO_COLUMNS = {
  ...CPU_COLUMNS,
  perSecond: ["messages/s", 0],
  frontAtRate: ["front us at rate", 1],
  p50: ["p50 ms", 2],
  p99: ["p99 ms", 2],
} as const;

/** One round of an echo: CPU and speed with every session in a loop, then latency at a fixed rate. */
export async function measureEcho(
  target: Target,
  options: EchoOptions,
  open: () => Promise<EchoSession>,
): Promise<Figures<keyof typeof ECHO_COLUMNS>> {
  const sessions = await openAll(options.sessions, options.ramp, open);
  try {
    await echoInLoops(sessions, WARM_MS);
    const ms = options.seconds * 1000;
    const loops = await metered(target, () => echoInLoops(sessions, ms));
    const paced = await metered(target, () => echoAtRate(sessions, options.rate, ms));
    return {
      ...cpuEach(target, loops.cpu, loops.value),
      perSecond: (loops.value * 1000) / loops.ms,
      frontAtRate: cpuEach(target, paced.cpu, paced.value.length).front,
      p50: percentile(paced.value, 0.5),
      p99: percentile(paced.value, 0.99),
    };
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}
