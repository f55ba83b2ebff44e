import type { Namespace, Socket } from "socket.io";
import type { Data } from "../wire/hub/content.ts";
import { encodeData } from "../wire/hub/data.ts";
import type { Answer } from "./answers.ts";
import type { OutgoingPacket } from "./server-insides.ts";
import { forgetAcks } from "./server-insides.ts";
import type { Warnings } from "./warnings.ts";

/** Answers `fetchSockets` of another server. */
export function answerSockets(
  sockets: readonly Socket[],
  answer: Answer,
  warnings: Warnings,
): void {
  const data = encoded(sockets.map(descriptionOf), warnings);
  answer(data === undefined ? { type: "none" } : { type: "sockets", data }, true);
}

/** Answers `serverSideEmit` with an ack: `emit` gives the event to the listeners here. */
export function answerServerEvent(
  args: readonly unknown[],
  answer: Answer,
  warnings: Warnings,
  emit: (args: readonly unknown[]) => void,
): void {
  const ack = (value: unknown): void => {
    const data = encoded(value, warnings);
    answer(data === undefined ? { type: "none" } : { type: "ack", data }, true);
  };
  emit([...args, ack]);
}

/** Answers a broadcast with acks: `broadcast` sends it to the clients here. */
export function answerEvent(
  nsp: Namespace,
  packet: OutgoingPacket,
  timeoutMs: number,
  answer: Answer,
  broadcast: (clientsCounted: (count: number) => void, acked: (value: unknown) => void) => void,
): void {
  let missing = 0;
  const clientsCounted = (count: number): void => {
    missing = count;
    answer({ type: "client-count", count }, count === 0);
  };
  const acked = (value: unknown): void => {
    missing--;
    answer({ type: "ack", data: encodeData(value) }, missing === 0);
  };
  broadcast(clientsCounted, acked);
  if (missing === 0) return;
  const forget = (): void => {
    if (missing > 0) forgetAcks(nsp, packet.id);
  };
  // The asker has given up by then. Node takes times that are too long for none at all.
  if (timeoutMs < 2 ** 31) setTimeout(forget, timeoutMs).unref();
}

/** As `RemoteSocket` of Socket.IO has it. */
function descriptionOf({ id, handshake, rooms, data }: Socket): object {
  // A session store that an application's middleware has put there leads in circles.
  const told: Record<string, unknown> = { ...handshake };
  delete told.sessionStore;
  return { id, handshake: told, rooms: [...rooms], data: data as unknown };
}

function encoded(value: unknown, warnings: Warnings): Data | undefined {
  try {
    return encodeData(value);
  } catch (error) {
    warnings.warn("not-encodable", `Another server asked for what can't be sent: ${String(error)}`);
    return undefined;
  }
}
