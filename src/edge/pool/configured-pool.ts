import type { Origin } from "../../core/pool/origin.ts";
import { roundRobin } from "../../core/pool/pick.ts";
import type { Pool } from "../contracts.ts";

/** The origins of the settings, in turn. Isolates begin at different ones, so that they don't march in step. */
export function configuredPool(origins: readonly Origin[]): Pool {
  let turn = Math.floor(Math.random() * origins.length);
  return { rank: () => roundRobin(origins, turn++) };
}
