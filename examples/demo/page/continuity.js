/** @import { Beat, Continuity, Fact } from "./facts.ts" */

const KEPT_HOMES = 6;

/**
 * What this tab knows before anything has come.
 *
 * @returns {Continuity}
 */
export function startContinuity() {
  return {
    count: undefined,
    ticks: 0,
    last: {},
    missed: 0,
    doubled: 0,
    disconnects: 0,
    homes: [],
  };
}

/**
 * What it knows once this number has come.
 *
 * @param {Continuity} continuity
 * @param {Beat} beat
 * @returns {Continuity}
 */
export function hearBeat(continuity, beat) {
  switch (beat.type) {
    case "ticked": {
      // A server that was started again begins a stream of its own.
      const { origin, pid, n } = beat.tick;
      const next = follow(continuity, `${origin} ${pid}`, n);
      return { ...next, ticks: next.ticks + 1 };
    }
    case "counted":
      return { ...follow(continuity, "count", beat.count), count: beat.count };
  }
}

/**
 * What it knows once `fact` has happened.
 *
 * @param {Continuity} continuity
 * @param {Fact} fact
 * @returns {Continuity}
 */
export function outlive(continuity, fact) {
  switch (fact.type) {
    case "connected":
      // A new session has missed nothing: its streams begin with what it gets first.
      return fact.recovered ? continuity : { ...continuity, count: undefined, last: {}, homes: [] };
    case "viewed":
      return { ...continuity, homes: withHome(continuity.homes, fact.view.name) };
    case "disconnected":
      return { ...continuity, disconnects: continuity.disconnects + (fact.isOwn ? 0 : 1) };
    case "attempted":
    case "opened":
    case "probed":
    case "upgraded":
    case "upgrade-failed":
    case "failed":
      return continuity;
  }
}

/**
 * @param {Continuity} continuity
 * @param {string} stream
 * @param {number} n
 */
function follow(continuity, stream, n) {
  const last = continuity.last[stream] ?? n - 1;
  return {
    ...continuity,
    last: { ...continuity.last, [stream]: Math.max(last, n) },
    missed: continuity.missed + Math.max(n - last - 1, 0),
    doubled: continuity.doubled + (n <= last ? 1 : 0),
  };
}

/**
 * @param {string[]} homes
 * @param {string} name
 */
function withHome(homes, name) {
  return homes.at(-1) === name ? homes : [...homes, name].slice(-KEPT_HOMES);
}
