import type { BroadcastOptions } from "socket.io-adapter";
import { encodeData } from "../wire/hub/data.ts";
import type { Uid } from "../wire/hub/vector.ts";
import { addressOf, flagsOf } from "./addresses.ts";
import { readArguments, readData } from "./data.ts";
import type { HubClient } from "./hub-client.ts";

/** Socket.IO's own, where the application gives none. */
const DEFAULT_TIMEOUT_MS = 5000;

/** Resolves with the sockets that are here and descriptions of those elsewhere; rejects when a server doesn't answer. */
export function askForSockets(
  client: HubClient,
  nsp: string,
  here: readonly unknown[],
  options: BroadcastOptions,
): Promise<unknown[]> {
  const { timeout = 0 } = options.flags ?? {};
  const timeoutMs = timeout > 0 ? timeout : DEFAULT_TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    const sockets = [...here];
    client.ask({ type: "fetch-sockets", nsp, to: addressOf(options) }, timeoutMs, {
      answered(_, response) {
        if (response.type !== "sockets") return;
        const described = readArguments(response.data) ?? [];
        sockets.push(...described.filter(isDescribed));
      },
      ended(missing) {
        if (missing === 0) resolve(sockets);
        else reject(timeoutReached(missing));
      },
    });
  });
}

/** `serverSideEmit` with an ack, which gets one value of each server that answers. */
export function askServers(
  client: HubClient,
  nsp: string,
  args: readonly unknown[],
  ack: (error: Error | null, responses: readonly unknown[]) => void,
): void {
  const responses: unknown[] = [];
  client.ask({ type: "server-event", nsp, data: encodeData(args) }, DEFAULT_TIMEOUT_MS, {
    answered(_, response) {
      if (response.type === "ack") responses.push(readData(response.data));
    },
    ended: (missing) => ack(missing === 0 ? null : timeoutReached(missing), responses),
  });
}

/** A broadcast with acks: each other server counts its clients once, then their acks come. */
export function askForAcks(
  client: HubClient,
  nsp: string,
  args: readonly unknown[],
  options: BroadcastOptions,
  clientsCounted: (count: number) => void,
  acked: (value: unknown) => void,
): void {
  const timeoutMs = options.flags?.timeout ?? 0;
  const counted = new Set<Uid>();
  const request = {
    type: "event",
    nsp,
    to: addressOf(options),
    flags: flagsOf(options),
    timeoutMs,
    data: encodeData(args),
  } as const;
  client.ask(request, timeoutMs, {
    answered(from, response) {
      if (response.type === "ack") acked(readData(response.data));
      if (response.type !== "client-count") return;
      counted.add(from);
      clientsCounted(response.count);
    },
    // Gone before it has counted, or without the namespace: it has none.
    done(from) {
      if (!counted.has(from)) clientsCounted(0);
    },
    ended() {},
  });
}

function timeoutReached(missing: number): Error {
  return new Error(`timeout reached: missing ${missing} responses`);
}

/** Whether Socket.IO can make a remote socket of it. */
function isDescribed(socket: unknown): boolean {
  if (typeof socket !== "object" || socket === null) return false;
  return "id" in socket && "rooms" in socket && Array.isArray(socket.rooms);
}
