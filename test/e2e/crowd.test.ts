import type { Server } from "socket.io";
import type { Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLIENT_MODES, connected, createClient, type ClientMode } from "../support/clients.ts";
import { direct, startEdge, type Edge } from "../support/edge.ts";
import { startOrigin, type Origin } from "../support/origin.ts";

const NAMES = ["a", "b", "c"] as const;
const CLIENTS = 200;
const ROUNDS = 5;

/** A client, and the origin that it found itself at. */
interface Guest {
  readonly client: Socket;
  readonly home: unknown;
}

describe.skipIf(direct).each([{ perObject: 100 }, { perObject: 1 }])(
  "200 clients of every kind on three origins, $perObject to an object (direct has one origin)",
  ({ perObject }) => {
    let origins: Origin[] = [];
    let edge: Edge;

    beforeAll(async () => {
      origins = await Promise.all(NAMES.map(() => startOrigin()));
      edge = await startEdge({
        origins: origins.map(({ url }, n) => `${NAMES[n]}=${url}`),
        // All clients and origins share this process: on a busy machine an origin that lives answers late.
        vars: { SESSIONS_PER_OBJECT: String(perObject), DIAL_TIMEOUT_MS: "30000" },
      });
    });

    afterAll(async () => {
      await edge.stop();
      await Promise.all(origins.map((origin) => origin.stop()));
    });

    test("spreads them evenly and keeps each at its own origin", async () => {
      const servers = origins.map((origin, n) => origin.serve({}, (io) => sayName(io, NAMES[n])));
      const guests = await Promise.all(
        Array.from({ length: CLIENTS }, (_, n) => arrive(edge.url, modeOf(n))),
      );
      const counts = servers.map((io) => io.engine.clientsCount);
      expect(counts.reduce((sum, count) => sum + count)).toBe(CLIENTS);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(CLIENTS / 20);
      for (let round = 0; round < ROUNDS; round++) {
        expect(await Promise.all(guests.map(askForName))).toEqual(guests.map(({ home }) => home));
      }
    });

    test("carries each client's own traffic while all talk at once", async () => {
      for (const origin of origins) origin.serve({}, echo);
      const clients = await Promise.all(
        Array.from({ length: CLIENTS }, (_, n) => connect(edge.url, modeOf(n))),
      );
      const echoes = clients.flatMap((client, n) =>
        Array.from({ length: ROUNDS }, async (_, round) => {
          const value = { n, round, bytes: Buffer.from(`${n} ${round}`) };
          const answer: unknown = await client.emitWithAck("echo", value);
          return { value, answer };
        }),
      );
      for (const { value, answer } of await Promise.all(echoes)) expect(answer).toEqual(value);
    });

    test("lets all go at once and leaves nothing behind at any origin", async () => {
      const servers = origins.map((origin) => origin.serve());
      const clients = await Promise.all(
        Array.from({ length: CLIENTS }, (_, n) => connect(edge.url, modeOf(n))),
      );
      const emptied = Promise.all(servers.map(untilEmpty));
      for (const client of clients) client.disconnect();
      await emptied;
      expect(servers.map((io) => io.engine.clientsCount)).toEqual([0, 0, 0]);
    });
  },
);

function modeOf(n: number): ClientMode {
  const mode = CLIENT_MODES[n % CLIENT_MODES.length];
  if (mode === undefined) throw new Error(`Expected a client mode for ${n}, got none.`);
  return mode;
}

function connect(url: string, mode: ClientMode): Promise<Socket> {
  return connected(createClient(url, mode), mode);
}

async function arrive(url: string, mode: ClientMode): Promise<Guest> {
  const client = await connect(url, mode);
  return { client, home: await askForName({ client }) };
}

async function askForName({ client }: Pick<Guest, "client">): Promise<unknown> {
  const name: unknown = await client.emitWithAck("name?");
  return name;
}

function sayName(io: Server, name: string | undefined): void {
  io.on("connection", (socket) => {
    socket.on("name?", (answer: (name: string | undefined) => void) => answer(name));
  });
}

function echo(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
  });
}

/** Resolves when the last of a server's sessions has ended. */
function untilEmpty(io: Server): Promise<void> {
  return new Promise((resolve) => {
    for (const socket of io.sockets.sockets.values()) {
      socket.conn.once("close", () => {
        if (io.engine.clientsCount === 0) resolve();
      });
    }
  });
}
