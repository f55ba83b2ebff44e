import type { IncomingMessage } from "node:http";
import type { Server, ServerOptions } from "socket.io";
import { Adapter } from "socket.io-adapter";
import { describe, expect, test } from "vitest";
import { createAdapter } from "../../src/origin/origin.ts";
import { FakeEdge } from "../support/fake-edge.ts";
import { moored, recoveryOrigins, recoveryPair, TOKEN } from "../support/recovery-origins.ts";
import type { RecoveryOptions, RecoveryOrigin } from "../support/recovery-origins.ts";

async function single(options: RecoveryOptions = {}): Promise<RecoveryOrigin> {
  const { origins } = await recoveryOrigins(1, options);
  const [one] = origins;
  if (one === undefined) throw new Error("Expected a server, got none.");
  return one;
}

/** An adapter whose hub can't be reached. */
function unlinked(): ReturnType<typeof createAdapter> {
  return createAdapter({ url: "http://127.0.0.1:1", token: TOKEN, onWarning: () => {} });
}

/** What a session that goes on from the edge's newest record has. */
async function recordedIn(edge: FakeEdge & { sid: string }, at: RecoveryOrigin): Promise<unknown> {
  edge.cut();
  expect(await edge.rehome(at.url)).toMatchObject({ type: "connected", sid: edge.sid });
  const { rooms, data } = await at.look(edge.sid);
  return { rooms, data };
}

describe("a record goes to the edge", () => {
  test("after the handlers of the connection, with what they have done", async () => {
    const { one, two } = await recoveryPair({
      setup: (io) => {
        io.on("connection", (socket) => {
          if (socket.recovered) return;
          void socket.join(["a", "b"]);
          socket.data = { user: "ada" };
        });
      },
    });
    const edge = await moored(one.url);
    expect(edge.notes).toHaveLength(1);
    expect(await recordedIn(edge, two)).toEqual({ rooms: ["a", "b"], data: { user: "ada" } });
  });

  test("with binary data, numbers and nothing of what JSON has no form of", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    const [socket] = one.io.sockets.sockets.values();
    Object.assign(socket?.data ?? {}, {
      bytes: Buffer.from([1, 2, 3]),
      deep: { list: [1, null, "ü"] },
      call: () => {},
    });
    edge.emit("echo");
    await edge.until(() => edge.notes.length === 2);
    expect(await recordedIn(edge, two)).toEqual({
      rooms: [],
      data: { bytes: Buffer.from([1, 2, 3]), deep: { list: [1, null, "ü"] } },
    });
  });

  test.each<[string, (one: RecoveryOrigin) => void]>([
    [
      "rooms",
      ({ io }) =>
        io.on("connection", (socket) => {
          socket.on("go", () => {
            void socket.join("room");
            socket.emit("ok");
          });
        }),
    ],
    [
      "data",
      ({ io }) =>
        io.on("connection", (socket) => {
          socket.on("go", () => {
            Object.assign(socket.data, { n: 1 });
            socket.emit("ok");
          });
        }),
    ],
    [
      "rooms, before a broadcast",
      ({ io }) =>
        io.on("connection", (socket) => {
          socket.on("go", () => {
            void socket.join("room");
            io.to("room").emit("ok");
          });
        }),
    ],
  ])("before the next event after a change of %s", async (_, serve) => {
    const one = await single();
    serve(one);
    const edge = await moored(one.url);
    edge.emit("go");
    await edge.until(() => edge.order.includes("ok"));
    expect(edge.order).toEqual(["record", "record", "ok"]);
  });

  test("when the turn is over, where no event follows the change", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    edge.emit("join", "room");
    await edge.until(() => edge.notes.length === 2);
    edge.emit("leave", "room");
    await edge.until(() => edge.notes.length === 3);
    edge.emit("data", { n: 1 });
    await edge.until(() => edge.notes.length === 4);
    expect(await recordedIn(edge, two)).toEqual({ rooms: [], data: { n: 1 } });
  });

  test("at once then, not when somebody next looks", async () => {
    const one = await single();
    const edge = await moored(one.url);
    const socket = one.io.sockets.sockets.get(edge.sid);
    edge.emit("data", { n: 1 });
    while (Reflect.get(socket?.data ?? {}, "n") !== 1) await new Promise(setImmediate);
    await new Promise(setImmediate);
    await one.do({ do: "emit", args: ["after"] });
    await edge.until(() => edge.order.includes("after"));
    expect(edge.order).toEqual(["record", "record", "after"]);
  });

  test("for a change that an application makes behind a timer of its own", async () => {
    const one = await single();
    const edge = await moored(one.url);
    await one.do({ do: "set-data", sid: edge.sid, data: { n: 1 } });
    await edge.until(() => edge.notes.length === 2);
    expect(edge.notes[1]).toMatchObject({ type: "record", nsp: "/" });
  });

  test("for each namespace, and only for the one that has changed", async () => {
    const one = await single();
    const edge = await moored(one.url);
    const other = await moored(one.url, "/other");
    other.emit("join", "room");
    await other.until(() => other.notes.length === 2);
    expect(other.notes.map((note) => "nsp" in note && note.nsp)).toEqual(["/other", "/other"]);
    expect(edge.notes).toHaveLength(1);
  });

  test("again, when the last is a quarter as old as events are kept", async () => {
    const server = { connectionStateRecovery: { maxDisconnectionDuration: 4000 } };
    const one = await single({ server });
    const edge = await moored(one.url);
    const began = Date.now();
    await edge.until(() => edge.notes.length === 2);
    expect(Date.now() - began).toBeGreaterThan(900);
    expect(Date.now() - began).toBeLessThan(3000);
  });

  test("and not where nothing has changed, whatever is said and heard", async () => {
    const one = await single();
    const edge = await moored(one.url);
    for (let n = 0; n < 20; n++) edge.emit("echo", n);
    await one.do({ do: "emit", args: ["news"] });
    await edge.until(() => edge.got("echo").length === 20 && edge.got("news").length === 1);
    expect(edge.notes).toHaveLength(1);
  });
});

describe("a session that can't be recovered", () => {
  test("is said to be so when its record is too large, once, until it is smaller again", async () => {
    const one = await single();
    const edge = await moored(one.url);
    edge.emit("data", { text: "x".repeat(20_000) });
    await edge.until(() => edge.notes.length === 2);
    expect(edge.notes[1]).toEqual({ type: "record", nsp: "/" });
    edge.emit("data", { text: "x".repeat(30_000) });
    edge.emit("echo", 1);
    await edge.until(() => edge.got("echo").length === 1);
    expect(edge.notes).toHaveLength(2);
    expect(one.warnings.map(({ code }) => code)).toEqual(["unrecoverable"]);
    edge.emit("data", { text: "small" });
    await edge.until(() => edge.record !== undefined);
    expect(edge.notes).toHaveLength(3);
  });

  test("is said to be so when its data can't be encoded", async () => {
    const one = await single();
    const edge = await moored(one.url);
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    await one.do({ do: "set-data", sid: edge.sid, data: circle });
    await edge.until(() => edge.notes.length === 2);
    expect(edge.notes[1]).toEqual({ type: "record", nsp: "/" });
  });
});

describe("who isn't our edge", () => {
  test.each<[string, string | undefined]>([
    ["a client", undefined],
    ["an edge with another token", "another-token-of-sixteen"],
  ])("gets no records: %s", async (_, token) => {
    const one = await single();
    const client = new FakeEdge(token);
    await client.connect(one.url);
    client.emit("join", "room");
    client.emit("data", { n: 1 });
    client.emit("echo", 1);
    await client.until(() => client.got("echo").length === 1);
    one.io.close().catch(() => {});
    expect(await client.ended()).toBe(1005);
    expect(client.notes).toEqual([]);
  });

  test("an application isn't shown by what our edge is known", async () => {
    const one = await single();
    const edge = await moored(one.url);
    const { headers } = one.io.sockets.sockets.get(edge.sid)?.handshake ?? {};
    expect(headers).toHaveProperty("upgrade");
    expect(headers).not.toHaveProperty("mooring-dial");
  });

  test.each<[string, Partial<ServerOptions>, (io: Server) => void]>([
    ["the adapter came with the server", {}, () => {}],
    ["the adapter came later", { adapter: Adapter }, (io) => void io.adapter(unlinked())],
  ])("nor before it decides whom to let in: %s", async (_, server, change) => {
    const shown: unknown[] = [];
    const show = ({ headers, rawHeaders }: IncomingMessage): void => {
      shown.push(`${JSON.stringify(headers)} ${rawHeaders.join(" ")}`.includes("mooring-dial"));
    };
    const allowRequest: ServerOptions["allowRequest"] = (request, answer) => {
      show(request);
      answer(null, true);
    };
    const setup = (io: Server): void => {
      change(io);
      io.engine.use((request: IncomingMessage, _response: unknown, next: () => void) => {
        show(request);
        next();
      });
      io.engine.on("headers", (_headers: unknown, request: IncomingMessage) => show(request));
      io.engine.on("connection", ({ request }: { request: IncomingMessage }) => show(request));
    };
    const one = await single({ server: { ...server, allowRequest }, setup });
    const edge = await moored(one.url);
    expect(edge.record).toBeDefined();
    expect(shown).toEqual([false, false, false, false]);
  });
});

test("a server that closes says so before anything else", async () => {
  const { one } = await recoveryPair();
  const edge = new FakeEdge(TOKEN);
  await edge.connect(one.url);
  await edge.until(() => edge.notes.length === 1);
  const noted: string[] = [];
  one.io.sockets.sockets.get(edge.sid ?? "")?.on("disconnect", () => noted.push("disconnect"));
  one.io.close().catch(() => {});
  expect(await edge.ended()).toBe(1005);
  expect(edge.notes.at(-1)).toEqual({ type: "closing" });
  expect(noted).toEqual(["disconnect"]);
});
