import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import type { EmitterError, EmitterOptions } from "../../src/origin/emitter.ts";
import { Emitter } from "../../src/origin/emitter.ts";
import { EmitDoorServer } from "./emit-door.ts";

const TOKEN = "a-token-of-24-characters";

async function set(options: Partial<EmitterOptions> = {}) {
  const door = await EmitDoorServer.start();
  const errors: unknown[] = [];
  const onError = ({ code, events, status, message }: EmitterError): void => {
    errors.push({ code, events, status, message });
  };
  const io = new Emitter({ url: door.url, token: TOKEN, onError, ...options });
  return { door, io, errors };
}

describe("a request that failed comes again, with the same keys, before all later ones", () => {
  test.each([
    ["cut", (asked: { cut(): void }) => asked.cut()],
    ["answered 503", (asked: { answer(status: number): void }) => asked.answer(503)],
    ["answered 429", (asked: { answer(status: number): void }) => asked.answer(429)],
  ])("%s", async (_, fail) => {
    const { door, io, errors } = await set();
    io.emit("1");
    const first = await door.asked();
    io.emit("2");
    fail(first);
    const again = await door.asked();
    expect(again.emissions).toEqual(first.emissions);
    fail(again);
    door.isOpen = true;
    await io.flushed();
    expect(door.taken.map((asked) => asked.events)).toEqual([["1"], ["2"]]);
    expect(door.taken[0]?.emissions).toEqual(first.emissions);
    expect(errors).toEqual([]);
  });

  test("unanswered", async () => {
    const { door, io, errors } = await set({ timeoutMs: 100 });
    io.emit("1");
    const first = await door.asked();
    const again = await door.asked();
    expect(again.emissions).toEqual(first.emissions);
    again.answer(202);
    await io.flushed();
    expect(errors).toEqual([]);
  });
});

test("what failed for too long is dropped and told, and the rest goes on", async () => {
  const { door, io, errors } = await set({ retryMs: 40 });
  io.emit("1");
  io.emit("2");
  const asked = await door.asked();
  io.emit("3");
  asked.answer(503, { code: "HUB_UNREACHABLE", message: "Not there." });
  door.isOpen = true;
  await io.flushed();
  expect(errors).toEqual([
    {
      code: "UNREACHABLE",
      events: 2,
      status: 503,
      message: "2 events were dropped: 503 Not there.",
    },
  ]);
  expect(door.taken.map(({ events }) => events)).toEqual([["3"]]);
});

test("where nobody listens, the error says so", async () => {
  const http = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => http.once("listening", resolve));
  const address = http.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await new Promise((resolve) => http.close(resolve));
  const { io, errors } = await set({ url: `http://127.0.0.1:${port}`, retryMs: 40 });
  io.emit("1");
  await io.flushed();
  expect(errors).toMatchObject([{ code: "UNREACHABLE", events: 1, status: undefined }]);
  expect(JSON.stringify(errors)).toContain("ECONNREFUSED");
});

test("an event that is refused takes no other along", async () => {
  const { door, io, errors } = await set();
  for (const event of ["1", "2", "bad", "4", "5"]) io.emit(event);
  const taken: unknown[] = [];
  // All five; 1, 2 and bad; 1 and 2; bad; 4 and 5.
  for (let requests = 0; requests < 5; requests += 1) {
    const asked = await door.asked();
    const isBad = asked.events.includes("bad");
    if (!isBad) taken.push(...asked.events);
    asked.answer(isBad ? 422 : 202, { code: "KEY_REUSED", message: "Another." });
  }
  await io.flushed();
  expect(taken).toEqual(["1", "2", "4", "5"]);
  expect(errors).toEqual([
    { code: "REFUSED", events: 1, status: 422, message: "An event was dropped: 422 Another." },
  ]);
});

test.each([301, 401, 403, 404])("by %i all of a request is refused, once", async (status) => {
  const { door, io, errors } = await set();
  io.emit("1");
  io.emit("2");
  const asked = await door.asked();
  asked.answer(status, "no object", { location: "/elsewhere" });
  await io.flushed();
  expect(errors).toMatchObject([{ code: "REFUSED", events: 2, status }]);
});

test("what is emitted beyond the queue's bytes is dropped and told, until there is room again", async () => {
  const { door, io, errors } = await set({ maxQueueBytes: 1000 });
  expect(io.emit("1", "x".repeat(600))).toBe(true);
  expect(io.emit("2", "x".repeat(600))).toBe(false);
  expect(io.emit("3")).toBe(true);
  expect(errors).toMatchObject([{ code: "QUEUE_FULL", events: 1 }]);
  door.isOpen = true;
  await io.flushed();
  expect(io.emit("4", "x".repeat(600))).toBe(true);
  await io.flushed();
  expect(door.taken.flatMap(({ events }) => events)).toEqual(["1", "3", "4"]);
});
