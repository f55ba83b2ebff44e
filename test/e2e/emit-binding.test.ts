import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleWorker } from "../../src/cli/worker-bundle.ts";
import { joined } from "../support/clients.ts";
import { collect, next } from "../support/events.ts";
import { LinkedOrigins } from "../support/linked-origins.ts";

const TOKEN = "a-token-of-24-characters";
const DATE = "2026-10-01";

// What a user's Worker may do with its binding.
const CALLER = `
const OPERATIONS = {
  chain: (io) => io.to("a").except(["b"]).emit("news", { id: 17 }, new Uint8Array([1, 2, 3])),
  volatile: (io) => io.volatile.emit("load", 0.7),
  kept: async (io) => {
    const a = io.in("a");
    await a.emit("n", 1);
    await a.socketsJoin("lounge");
    await io.to("lounge").emit("n", 2);
    return a.emit("n", 3);
  },
  keys: async (io) => {
    const once = io.key("order-1");
    await once.emit("order", 1);
    await once.emit("order", 1);
    return io.emit("order", 2);
  },
  reserved: (io) => io.emit("disconnect"),
  ack: (io) => io.emit("question", () => {}),
  reused: (io) => io.key("order-1").emit("order", 9),
};

export default {
  async fetch(request, env) {
    const [, binding, operation] = new URL(request.url).pathname.split("/");
    try {
      return Response.json(await OPERATIONS[operation](env[binding]));
    } catch (error) {
      return Response.json(error.name + ": " + error.message, { status: 500 });
    }
  },
};
`;

let workers: Miniflare;
let origins: LinkedOrigins;
let clients: readonly Socket[];

beforeAll(async () => {
  workers = new Miniflare(await options());
  const url = await workers.ready;
  origins = await LinkedOrigins.start(2, url.href, TOKEN);
  for (const server of origins.servers) {
    server.on("connection", (socket) => void socket.join(String(socket.handshake.auth["room"])));
  }
  clients = ["a", "b"].flatMap((room) => {
    return origins.urls.map((origin) => io(origin, { transports: ["websocket"], auth: { room } }));
  });
  await Promise.all(clients.map((client) => joined(client)));
});

afterAll(async () => {
  for (const client of clients) client.disconnect();
  await origins.stop();
  await workers.dispose();
});

/** The front door's Worker, and another that has bound its entrypoint twice, once with a name. */
async function options() {
  const worker = await bundleWorker();
  const entrypoint = { name: "mooring", entrypoint: "IO" };
  return convertV4MiniflareOptions({
    cf: false,
    workers: [
      {
        name: "mooring",
        modules: [{ type: "ESModule", path: "worker.js", contents: worker }],
        compatibilityDate: DATE,
        bindings: { MOORING_TOKEN: TOKEN, ORIGINS: "http://127.0.0.1:9", HUB_SHARDS: "3" },
        durableObjects: {
          SESSIONS: objectsOf("SessionObject"),
          POOL: objectsOf("PoolObject"),
          HUB: objectsOf("HubObject"),
        },
      },
      {
        name: "caller",
        modules: [{ type: "ESModule", path: "caller.js", contents: CALLER }],
        compatibilityDate: DATE,
        serviceBindings: {
          IO: entrypoint,
          NAMED: { ...entrypoint, props: { emitter: "billing" } },
        },
      },
    ],
  });
}

function objectsOf(className: string) {
  return { className, useSQLite: true };
}

/** Has the other Worker do that, and gives what it got: a value, or an error's name and message. */
async function call(binding: "IO" | "NAMED", operation: string): Promise<unknown> {
  const caller = await workers.getWorker("caller");
  const response = await caller.fetch(`http://caller/${binding}/${operation}`);
  return response.json();
}

describe.each(["IO", "NAMED"] as const)("by the binding %s", (binding) => {
  test("an event reaches those it is for, at every origin, bytes as bytes", async () => {
    const others = clients.slice(2);
    const strays: unknown[] = [];
    for (const other of others) other.on("news", (...args: unknown[]) => strays.push(args));
    const heard = clients.slice(0, 2).map((client) => next(client, "news"));
    const load = clients.map((client) => next(client, "load"));
    expect(await call(binding, "chain")).toBe(true);
    expect(await call(binding, "volatile")).toBe(true);
    for (const args of await Promise.all(heard)) {
      expect(args.slice(0, 2)).toEqual([{ id: 17 }, Buffer.from([1, 2, 3])]);
    }
    expect((await Promise.all(load)).map(([value]) => value)).toEqual([0.7, 0.7, 0.7, 0.7]);
    // What is emitted later comes later.
    expect(strays).toEqual([]);
    for (const other of others) other.off("news");
  });

  test("what is awaited arrives in its order, by an operator that was kept too", async () => {
    const heard = clients.slice(0, 2).map((client) => collect(client, "n", 3));
    expect(await call(binding, "kept")).toBe(true);
    expect(await Promise.all(heard)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  test("what comes again under its key is published once", async () => {
    const heard = clients.map((client) => collect(client, "order", 2));
    expect(await call(binding, "keys")).toBe(true);
    const all = await Promise.all(heard);
    expect(all).toEqual(clients.map(() => [1, 2]));
    expect(await call(binding, "reused")).toBe(
      'Error: The key "order-1" was used for something else within the last ten minutes.',
    );
  });

  test("what makes no sense is refused in a sentence", async () => {
    expect(await call(binding, "reserved")).toMatch(/^TypeError: event: expected a text/);
    expect(await call(binding, "ack")).toMatch(/^TypeError: args\[0\]: expected no function/);
  });
});
