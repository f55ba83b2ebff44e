import type { Server, Socket as ServerSocket } from "socket.io";
import type { Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Emitter } from "../../src/origin/origin.ts";
import { createClient, joined, WEBSOCKET } from "../support/clients.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { collect, disconnection, next } from "../support/events.ts";
import { LinkedOrigins } from "../support/linked-origins.ts";

const TOKEN = "a-token-of-24-characters";
const BYTES = Buffer.from([1, 2, 3]);

let edge: Edge;
let origins: LinkedOrigins;

beforeAll(async () => {
  edge = await startEdge({ origins: ["http://127.0.0.1:9"], vars: { MOORING_TOKEN: TOKEN } });
  origins = await LinkedOrigins.start(2, edge.url, TOKEN, { connectionStateRecovery: {} });
  for (const server of origins.servers) {
    server.on("connection", (socket) => void socket.join(String(socket.handshake.auth["room"])));
  }
});

afterAll(async () => {
  await origins.stop();
  await edge.stop();
});

/** A client at each origin, in that room. */
async function clientsIn(room: string): Promise<[Socket, Socket]> {
  const [one, other] = origins.urls.map((url) => createClient(url, WEBSOCKET, { auth: { room } }));
  if (!one || !other) throw new Error("Expected two origins.");
  await Promise.all([joined(one), joined(other)]);
  return [one, other];
}

async function post(body: BodyInit, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${edge.url}/mooring/emit`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
  });
  const said: unknown = await response.json();
  return { status: response.status, said };
}

function emit(...emissions: readonly object[]) {
  return post(JSON.stringify(emissions));
}

describe("by HTTP", () => {
  test("an event reaches those it is for, at every origin", async () => {
    const clients = [
      ...(await clientsIn("a")),
      ...(await clientsIn("b")),
      ...(await clientsIn("c")),
    ];
    const heard = clients.map((client) => collect(client, "news", 2));
    const args = [{ text: "hello" }, { $binary: BYTES.toString("base64") }];
    const answer = await emit(
      { rooms: ["a", "b"], event: "news", args: ["ab"] },
      { except: ["a", "b"], event: "news", args: ["c"] },
      { event: "news", args: ["all"] },
      { event: "bytes", args },
    );
    expect(answer).toEqual({ status: 202, said: { shard: 0, accepted: 4 } });
    const ab = ["ab", "all"];
    expect(await Promise.all(heard)).toEqual([ab, ab, ab, ab, ["c", "all"], ["c", "all"]]);
  });

  test("binary values reach them as such, from base64 and from a form", async () => {
    const [one, other] = await clientsIn("binary");
    const heard = [one, other].map((client) => next(client, "bytes"));
    await emit({ event: "bytes", args: [{ of: { $binary: BYTES.toString("base64") } }] });
    for (const args of await Promise.all(heard)) {
      expect(args[0]).toEqual({ of: BYTES });
    }
    const again = [one, other].map((client) => next(client, "bytes"));
    const form = new FormData();
    form.append("emit", '{"event":"bytes","args":[{"$part":"it"},{"$plain":{"$part":"it"}}]}');
    form.append("it", new Blob([BYTES]), "it.bin");
    expect((await post(form)).status).toBe(202);
    for (const args of await Promise.all(again)) {
      expect(args.slice(0, 2)).toEqual([BYTES, { $part: "it" }]);
    }
  });

  test("what comes again under its key is published once, and answered the same", async () => {
    const [one, other] = await clientsIn("keys");
    const heard = [one, other].map((client) => collect(client, "order", 2));
    const order = JSON.stringify({ rooms: ["keys"], event: "order", args: [1] });
    const key = { "idempotency-key": "order-1" };
    const answers = [await post(order, key), await post(order, key)];
    expect(answers[0]).toEqual({ status: 202, said: { shard: 0, accepted: 1 } });
    expect(answers[1]).toEqual(answers[0]);
    const changed = await post(order.replace("[1]", "[9]"), key);
    expect(changed).toMatchObject({ status: 422, said: { code: "KEY_REUSED" } });
    await emit({ rooms: ["keys"], event: "order", args: [2] });
    expect(await Promise.all(heard)).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test.each([
    ["without a token", "POST", {}, 401],
    ["with another", "POST", { authorization: `Bearer ${TOKEN}x` }, 401],
    ["by another method", "GET", { authorization: `Bearer ${TOKEN}` }, 405],
  ])("nothing is taken %s", async (_, method, headers, status) => {
    const response = await fetch(`${edge.url}/mooring/emit`, { method, headers });
    expect(response.status).toBe(status);
    await response.body?.cancel();
  });
});

describe("by an Emitter", () => {
  test("hundreds of events arrive once and in order at every origin", async () => {
    const [one, other] = await clientsIn("order");
    const heard = [one, other].map((client) => collect(client, "n", 1500));
    const io = new Emitter({ url: edge.url, token: TOKEN });
    const numbers = Array.from({ length: 1500 }, (_, i) => i);
    for (const n of numbers) {
      io.to("order").emit("n", n);
      if (n % 100 === 0) await io.flushed();
    }
    await io.flushed();
    expect(await Promise.all(heard)).toEqual([numbers, numbers]);
  });

  test("sockets join and leave rooms, and are disconnected, at every origin", async () => {
    const [one, other] = await clientsIn("moves");
    const io = new Emitter({ url: edge.url, token: TOKEN });
    const heard = [one, other].map((client) => collect(client, "here", 2));
    io.in("moves").socketsJoin("lounge");
    io.to("lounge").emit("here", 1);
    io.in("moves").socketsLeave("lounge");
    io.to("lounge").emit("here", 2);
    io.to("moves").emit("here", 3);
    expect(await Promise.all(heard)).toEqual([
      [1, 3],
      [1, 3],
    ]);
    const ended = [one, other].map((client) => disconnection(client));
    io.in("moves").disconnectSockets(true);
    expect(await Promise.all(ended)).toEqual(["io server disconnect", "io server disconnect"]);
  });

  test("servers hear what is for them", async () => {
    const heard = origins.servers.map((server) => next(server.of("/"), "refresh"));
    new Emitter({ url: edge.url, token: TOKEN }).serverSideEmit("refresh", "users", BYTES);
    expect(await Promise.all(heard)).toEqual([
      ["users", BYTES],
      ["users", BYTES],
    ]);
  });

  test("a namespace is reached by its sockets alone", async () => {
    for (const server of origins.servers) server.of("/admin");
    const [main] = await clientsIn("main");
    const admins = origins.urls.map((url) => createClient(`${url}/admin`, WEBSOCKET));
    await Promise.all(admins.map((client) => joined(client)));
    const heard = admins.map((client) => next(client, "load"));
    const mainHeard = collect(main, "load", 1);
    const io = new Emitter({ url: edge.url, token: TOKEN });
    io.of("/admin").emit("load", 0.7);
    io.emit("load", "main");
    for (const [load] of await Promise.all(heard)) expect(load).toBe(0.7);
    expect(await mainHeard).toEqual(["main"]);
  });
});

test("a client that comes back is given what was emitted meanwhile, but for volatile events", async () => {
  const [server] = origins.servers;
  const [url = ""] = origins.urls;
  const auth = { room: "away" };
  const [client, witness] = [1, 2].map(() => createClient(url, WEBSOCKET, { auth }));
  if (!server || !client || !witness) throw new Error("Expected a server and two clients.");
  await Promise.all([joined(client), joined(witness)]);
  const seen = collect(witness, "news", 4);
  const first = next(client, "news");
  await emit({ rooms: ["away"], event: "news", args: ["0"] });
  await first;
  const gone = next(socketOf(server, client), "disconnect");
  client.io.engine.close();
  await gone;
  // A server drops a volatile packet right behind another, so this one comes alone.
  const volatileSeen = next(witness, "news");
  await emit({ rooms: ["away"], event: "news", args: ["lost"], flags: { volatile: true } });
  await volatileSeen;
  await emit(
    { rooms: ["away"], event: "news", args: ["1"] },
    { rooms: ["away"], event: "news", args: ["2"] },
  );
  expect(await seen).toEqual(["0", "lost", "1", "2"]);
  const heard = collect(client, "news", 2);
  client.connect();
  await joined(client);
  expect(client.recovered).toBe(true);
  expect(await heard).toEqual(["1", "2"]);
});

function socketOf(server: Server, client: Socket): ServerSocket {
  const socket = server.sockets.sockets.get(client.id ?? "");
  if (!socket) throw new Error("Expected the server's end of the client.");
  return socket;
}
