import { describe, expect, test, vi } from "vitest";
import type { EmitterError, EmitterOptions } from "../../src/origin/emitter.ts";
import { Emitter } from "../../src/origin/emitter.ts";
import { EmitDoorServer } from "./emit-door.ts";

const TOKEN = "a-token-of-24-characters";

interface Events {
  news: (text: string, bytes: Uint8Array) => void;
  ping: () => void;
  question: (text: string, answer: (yes: boolean) => void) => void;
}

interface ServerEvents {
  refresh: (what: string) => void;
}

async function set(options: Partial<EmitterOptions> = {}) {
  const door = await EmitDoorServer.start();
  const errors: EmitterError[] = [];
  const onError = (error: EmitterError): number => errors.push(error);
  const io = new Emitter({ url: door.url, token: TOKEN, onError, ...options });
  return { door, io, errors };
}

describe("what an emitter sends", () => {
  test("is what was emitted, to whom and how, with the token, one key each, and its name", async () => {
    const { door, io } = await set();
    expect(io.to("a").in(["b", "c"]).except("d").except(["e"]).emit("hello", 1, undefined)).toBe(
      true,
    );
    expect(io.volatile.compress(false).emit("hello", new Uint8Array([1, 2, 3]))).toBe(true);
    io.of("chat").key("order-1").emit("hello", { $binary: "x" });
    io.in("a").socketsJoin(["b"]);
    io.of("/chat").socketsLeave("b");
    io.except("a").disconnectSockets(true);
    io.disconnectSockets();
    io.of("/chat").serverSideEmit("refresh", "users");
    const asked = await door.asked();
    const to = { rooms: [], except: [] };
    const expected = [
      {
        op: "emit",
        nsp: "/",
        rooms: ["a", "b", "c"],
        except: ["d", "e"],
        flags: {},
        event: "hello",
        args: [1, null],
      },
      {
        op: "emit",
        nsp: "/",
        ...to,
        flags: { volatile: true, compress: false },
        event: "hello",
        args: [{ $binary: "AQID" }],
      },
      {
        op: "emit",
        nsp: "/chat",
        ...to,
        flags: {},
        event: "hello",
        args: [{ $plain: { $binary: "x" } }],
      },
      { op: "socketsJoin", nsp: "/", rooms: ["a"], except: [], join: ["b"] },
      { op: "socketsLeave", nsp: "/chat", ...to, leave: ["b"] },
      { op: "disconnectSockets", nsp: "/", rooms: [], except: ["a"], close: true },
      { op: "disconnectSockets", nsp: "/", ...to, close: false },
      { op: "serverSideEmit", nsp: "/chat", event: "refresh", args: ["users"] },
    ];
    expect(asked.emissions.map((emission) => ({ ...emission, key: "" }))).toEqual(
      expected.map((emission) => ({ ...emission, key: "" })),
    );

    const keys = asked.emissions.map(({ key }) => key);
    expect(keys[2]).toBe("order-1");
    expect(new Set(keys).size).toBe(keys.length);
    expect(asked.request).toMatchObject({
      method: "POST",
      url: "/mooring/emit",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        "content-type": "application/json",
      },
    });
    expect(asked.request.headers["mooring-emitter"]).toMatch(/^[\w-]{16}$/);
    asked.answer(202);
    await io.flushed();
  });

  test("has what was said to an operator, and not what was said to another made of it", async () => {
    const { door, io } = await set();
    const a = io.to("a");
    a.to("b").volatile.except("c").compress(true).key("k");
    a.emit("hello");
    const asked = await door.asked();
    expect(asked.emissions).toMatchObject([{ rooms: ["a"], except: [], flags: {} }]);
    expect(asked.emissions[0]?.key).not.toBe("k");
    asked.answer(202);
  });

  test("is as it was when it was emitted", async () => {
    const { door, io } = await set();
    const value = { n: 1 };
    io.emit("hello", value);
    value.n = 2;
    const asked = await door.asked();
    expect(asked.emissions).toMatchObject([{ args: [{ n: 1 }] }]);
    asked.answer(202);
  });

  test("goes in order, one request after the other, gathered meanwhile", async () => {
    const { door, io } = await set();
    io.emit("1");
    const first = await door.asked();
    for (let i = 2; i <= 600; i += 1) io.emit(`${i}`);
    first.answer(202);
    const second = await door.asked();
    second.answer(202);
    const third = await door.asked();
    third.answer(202);
    await io.flushed();
    const events = [first, second, third].flatMap((asked) => asked.events);
    expect(events).toEqual(Array.from({ length: 600 }, (_, i) => `${i + 1}`));
    expect([first, second, third].map((asked) => asked.events.length)).toEqual([1, 500, 99]);
  });

  test("goes in requests of about a megabyte", async () => {
    const { door, io } = await set();
    for (let i = 0; i < 5; i += 1) io.emit("large", "x".repeat(400_000));
    door.isOpen = true;
    await io.flushed();
    expect(door.taken.map((asked) => asked.events.length)).toEqual([2, 2, 1]);
  });
});

describe("what a caller gets wrong is thrown, and nothing is sent", () => {
  test.each([
    ["a reserved event", (io: Emitter) => io.emit("disconnect"), /none of "connect"/],
    ["a servers' reserved event", (io: Emitter) => io.serverSideEmit("connection"), /none of/],
    ["an acknowledgement", (io: Emitter) => io.emit("e", () => 1), /no acknowledgement/],
    ["a BigInt", (io: Emitter) => io.emit("e", 1n), /no BigInt/],
    ["a key with a space", (io: Emitter) => io.key("a b").emit("e"), /key: expected 1 to 256/],
    ["a long room", (io: Emitter) => io.to("x".repeat(2000)).emit("e"), /rooms\[0\]: expected/],
    ["too large an event", (io: Emitter) => io.emit("e", "x".repeat(9_000_000)), RangeError],
  ])("%s", async (_, emit, message) => {
    const { door, io } = await set();
    expect(() => emit(io)).toThrow(message);
    await io.flushed();
    door.isOpen = true;
    io.emit("after");
    await io.flushed();
    expect(door.taken.map((asked) => asked.events)).toEqual([["after"]]);
  });

  test.each([
    [{ url: "chat.example.com" }, TypeError],
    [{ url: "ftp://chat.example.com" }, /http\(s\)/],
    [{ token: "short" }, /at least 16/],
    [{ timeoutMs: 0 }, /timeoutMs: expected a number above 0, got 0/],
    [{ maxQueueBytes: Number.NaN }, RangeError],
  ])("options: %j", (options, message) => {
    expect(() => new Emitter({ url: "https://a.example", token: TOKEN, ...options })).toThrow(
      message,
    );
  });
});

test("the types are those of the events", () => {
  const io = new Emitter<Events, ServerEvents>({ url: "https://a.example", token: TOKEN });
  const typed = [
    () => io.to("a").emit("news", "text", new Uint8Array()),
    () => io.emit("ping"),
    () => io.of("/x").serverSideEmit("refresh", "x"),
    // @ts-expect-error no such event
    () => io.emit("old"),
    // @ts-expect-error another argument
    () => io.emit("news", 1, new Uint8Array()),
    // @ts-expect-error it wants an ack, which nobody would get
    () => io.emit("question", "?", () => {}),
    // @ts-expect-error an event of sockets
    () => io.serverSideEmit("ping"),
  ];
  expect(typed).toHaveLength(7);
});

test("nothing waits for nothing", async () => {
  const { io } = await set();
  await expect(io.flushed()).resolves.toBeUndefined();
});

test("an onError that throws harms nobody, and is warned of", async () => {
  const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const { door, io } = await set({ onError: throwing });
  io.emit("hello");
  (await door.asked()).answer(401);
  await io.flushed();
  expect(warned.mock.calls).toEqual([["onError threw: Error: mine", "MooringWarning"]]);
  warned.mockRestore();
});

test("without an onError, the process is warned", async () => {
  const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const door = await EmitDoorServer.start();
  const io = new Emitter({ url: door.url, token: TOKEN });
  io.emit("hello");
  (await door.asked()).answer(401, { code: "UNAUTHORIZED", message: "Another token." });
  await io.flushed();
  expect(warned.mock.calls).toEqual([
    [
      "An event was dropped: 401 Another token.",
      { type: "MooringWarning", code: "MOORING_EMIT_REFUSED" },
    ],
  ]);
  warned.mockRestore();
});

function throwing(): never {
  throw new Error("mine");
}
