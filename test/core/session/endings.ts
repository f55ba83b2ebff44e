import type { Cause } from "../../../src/core/session/cause.ts";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Witness } from "./witness.ts";

/** What may end a session of the model, and whether it has come to that. */
const MAY_END: readonly (readonly [Cause, (witness: Witness) => boolean])[] = [
  [Causes.heldTooMuch, ({ up, limits }) => up.bytes > limits.holdBytes],
  [Causes.payloadTooLarge, ({ up, limits }) => up.bytes > limits.queueBytes],
  [Causes.clientTooSlow, ({ down, limits }) => down.bytes > limits.queueBytes],
  [Causes.originPacketTooLarge, ({ down, limits }) => down.bytes > limits.queueBytes],
  [Causes.pendingAcks, ({ isOwed }) => isOwed],
  [Causes.lostTooOften, ({ losses, now }) => losses.filter((at) => at > now - 60_000).length > 3],
  [Causes.unrecovered, ({ refusals, hasForgotten }) => refusals > 3 || hasForgotten],
  [Causes.originLost, ({ isNowhere }) => isNowhere],
  [Causes.drained, ({ isNowhere, isOwed }) => isNowhere || isOwed],
  [Causes.moved, ({ isNowhere }) => isNowhere],
  [Causes.originClosed, ({ isNowhere, kicked }) => isNowhere || kicked.size > 0],
];

/** By what a session may end at this moment. */
export function endsOf(witness: Witness): Cause[] {
  return MAY_END.filter(([, isSo]) => isSo(witness)).map(([cause]) => cause);
}
