/** @import { OriginStatus } from "./facts.ts" */

/**
 * Tells how the servers are, now and whenever that changes, as the process sees it that has started them.
 *
 * @param {(fleet: OriginStatus[]) => void} take
 */
export function watchFleet(take) {
  new EventSource("origins").addEventListener("message", ({ data }) => {
    /** @type {unknown} */
    const fleet = JSON.parse(String(data));
    if (isFleet(fleet)) take(fleet);
  });
}

/**
 * Gives that process an order.
 *
 * @param {string} origin
 * @param {"kill" | "drain" | "ready"} what
 * @returns {Promise<string>} what it says to that
 */
export async function order(origin, what) {
  try {
    const response = await fetch(`origins/${origin}/${what}`, { method: "POST" });
    return await response.text();
  } catch {
    return "The demonstration doesn't answer. Does it still run?";
  }
}

/**
 * @param {unknown} value
 * @returns {value is OriginStatus[]}
 */
function isFleet(value) {
  return Array.isArray(value);
}
