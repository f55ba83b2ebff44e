import { once } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";
import type { Socket } from "socket.io-client";
import { expect, onTestFinished, test } from "vitest";
import { createAdapter, type Warning } from "../../../src/origin/origin.ts";
import { createClient, joined, WEBSOCKET } from "../../support/clients.ts";
import { know, TOKEN, until } from "../../support/cluster.ts";
import { MooringDev } from "../../support/mooring-dev.ts";
import { portOf } from "../../support/origin.ts";

interface Member {
  readonly io: Server;
  readonly client: Socket;
  readonly warnings: Warning[];
}

/** An edge whose hub has so many shards, in the place of the one before. */
async function startEdge(shards: number, before?: MooringDev): Promise<MooringDev> {
  const vars = [`MOORING_TOKEN=${TOKEN}`, `HUB_SHARDS=${shards}`];
  const args = ["--origin", "http://127.0.0.1:9", ...vars.flatMap((text) => ["--var", text])];
  if (before !== undefined) args.push("--port", String(before.port));
  const edge = await MooringDev.start(args);
  onTestFinished(() => edge.command.signalGroup("SIGKILL"));
  return edge;
}

/** A server of that hub, and a client which comes to it itself. */
async function startMember(url: string): Promise<Member> {
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const warnings: Warning[] = [];
  const onWarning = (warning: Warning): void => void warnings.push(warning);
  const adapter = createAdapter({ url, token: TOKEN, onWarning });
  const io = new Server(http, { connectionStateRecovery: {}, adapter });
  onTestFinished(() => io.close());
  const client = createClient(`http://127.0.0.1:${portOf(http)}`, WEBSOCKET);
  await joined(client);
  return { io, client, warnings };
}

/** Has each server emit its numbers to all, one after the other, until it is told to stop; gives how many there were. */
function emitNumbers(members: readonly Member[]): () => number {
  let count = 0;
  const timer = setInterval(() => {
    for (const [sender, { io }] of members.entries()) io.emit("n", sender, count);
    count += 1;
  }, 3);
  onTestFinished(() => clearInterval(timer));
  return () => {
    clearInterval(timer);
    return count;
  };
}

test.each([
  ["grows from 2 to 3 and shrinks to 1", [2, 3, 1]],
  ["grows from 1 to 4 and shrinks to 2", [1, 4, 2]],
])(
  "a hub whose number of shards %s under traffic loses, doubles and disorders nothing",
  async (_, [first = 1, ...later]) => {
    let edge = await startEdge(first);
    const members: Member[] = [];
    for (let n = 0; n < 4; n++) members.push(await startMember(edge.url));
    const servers = members.map(({ io }) => io);
    await know(servers, members.length);
    const senders = [...members.keys()];
    const heard = members.map(({ client }) => {
      return Promise.all(senders.map((sender) => until(client, `end of ${sender}`)));
    });
    const stop = emitNumbers(members);
    for (const shards of later) {
      edge.command.signalGroup("SIGKILL");
      await edge.command.ended;
      edge = await startEdge(shards, edge);
      await know(servers, members.length);
    }
    const numbers = Array.from({ length: stop() }, (_unused, n) => n);
    for (const [sender, { io }] of members.entries()) io.emit(`end of ${sender}`);
    for (const ended of heard) {
      for (const [sender, told] of (await ended).entries()) {
        // With recovery the event's name is behind its arguments.
        const own = told.filter(([name, from]) => name === "n" && from === sender);
        expect(own.map(([, , n]) => n)).toEqual(numbers);
      }
    }
    expect(members.filter(({ client }) => !client.connected)).toEqual([]);
    expect(members.flatMap(({ warnings }) => warnings.map(({ code }) => code))).not.toContain(
      "events-missed",
    );
  },
  60_000,
);
