/** What an origin of the adapters' benchmark is told to do, over the IPC channel of `fork`. */
export type Order =
  /** Emits `count` events, each in a turn of the event loop of its own, as handlers do. */
  | { readonly type: "emit"; readonly way: Way; readonly count: number }
  /** Broadcasts `rate` a second for so long. Answered with how many that were. */
  | { readonly type: "pace"; readonly rate: number; readonly durationMs: number }
  /** Answered with what the process has used so far, after a collection of garbage if wanted. */
  | { readonly type: "usage"; readonly isCollected: boolean };

/** `io.emit` to all clients everywhere, or `socket.emit` to one that is here. */
export type Way = "broadcast" | "direct";

export interface Usage {
  readonly cpuMs: number;
  readonly rssKb: number;
  /** Objects of JavaScript and what they hold outside of its heap. */
  readonly heapKb: number;
}

/** `handedUs`: after how long each broadcast was written to the first of the clients here. */
export type Report =
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "paced"; readonly sent: number; readonly handedUs: readonly number[] }
  | { readonly type: "used"; readonly usage: Usage };

/** Of every event: its origin, its number there, and when it was emitted. Then comes filler. */
export const NUMBERED = "n";

/** One clock for all processes of a machine (CLOCK_MONOTONIC), in microseconds. */
export function clockUs(): number {
  return Math.floor(Number(process.hrtime.bigint()) / 1000);
}

/** Of each origin, how much more of a figure there is than there was. */
export function usedSince(
  before: readonly Usage[],
  after: readonly Usage[],
  figure: keyof Usage,
): number[] {
  return after.map((usage, i) => usage[figure] - (before[i]?.[figure] ?? 0));
}
