import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { EmitAnswer } from "../../src/core/hub/emit-keys.ts";
import { IoEntrypoint } from "../../src/edge/hub/io-entrypoint.ts";
import { decodeContent } from "../../src/wire/hub/content-codec.ts";
import { decodeData } from "../../src/wire/hub/data.ts";

const BYTES = new Uint8Array([1, 2, 3]);
const ALL = { rooms: [], except: [] };

/** The entrypoint before a hub that takes everything, and what it has taken. */
function set({ shards = 1, props = {}, answer }: Options = {}) {
  const published: { shard: number }[] = [];
  const ctx = Object.assign(createExecutionContext(), { props });
  const io = new IoEntrypoint(ctx, env, shards, (shard, list) => {
    for (const { body, key } of list) {
      const content = decodeContent(body);
      const data = content && "data" in content ? { data: decodeData(content.data) } : {};
      published.push({ shard, ...content, ...data, ...(key === undefined ? {} : { key }) });
    }
    return answer ?? { type: "accepted", repeated: 0 };
  });
  return { io, published };
}

interface Options {
  readonly shards?: number;
  readonly props?: object;
  readonly answer?: EmitAnswer;
}

const EVENT = { shard: 0, type: "event", nsp: "/", to: ALL, flags: {}, isKept: true };

describe("what another Worker emits is published", () => {
  test.each([
    [
      "to all",
      (io: IoEntrypoint) => io.emit("e", 1, [BYTES]),
      { ...EVENT, data: ["e", 1, [BYTES]] },
    ],
    [
      "to rooms of a namespace, but for others",
      (io: IoEntrypoint) => io.of("/n").to("a").in(["b", "c"]).except("d").emit("e"),
      { ...EVENT, nsp: "/n", to: { rooms: ["a", "b", "c"], except: ["d"] }, data: ["e"] },
    ],
    [
      "with flags and a key",
      (io: IoEntrypoint) => io.volatile.compress(false).key("k").emit("e"),
      {
        ...EVENT,
        flags: { volatile: true, compress: false },
        isKept: false,
        key: "k",
        data: ["e"],
      },
    ],
    [
      "as JSON would have it, but for bytes",
      (io: IoEntrypoint) => io.emit("e", new Date(0), { a: undefined, b: { $binary: "x" } }, BYTES),
      { ...EVENT, data: ["e", "1970-01-01T00:00:00.000Z", { b: { $binary: "x" } }, BYTES] },
    ],
    [
      "to servers",
      (io: IoEntrypoint) => io.of("/n").serverSideEmit("e", 1),
      { shard: 0, type: "server-event", nsp: "/n", data: ["e", 1] },
    ],
    [
      "for sockets to join",
      (io: IoEntrypoint) => io.in("a").socketsJoin("b"),
      { shard: 0, type: "join", nsp: "/", to: { rooms: ["a"], except: [] }, rooms: ["b"] },
    ],
    [
      "for sockets to leave",
      (io: IoEntrypoint) => io.except(["a"]).socketsLeave(["b", "c"]),
      { shard: 0, type: "leave", nsp: "/", to: { rooms: [], except: ["a"] }, rooms: ["b", "c"] },
    ],
    [
      "for sockets to go",
      (io: IoEntrypoint) => io.key("k").disconnectSockets(true),
      { shard: 0, type: "disconnect", nsp: "/", to: ALL, close: true, key: "k" },
    ],
  ])("%s", async (_, emit, expected) => {
    const { io, published } = set();
    expect(await emit(io)).toBe(true);
    expect(published).toEqual([expected]);
  });

  test("by an operator as it was made, whatever was made of it", async () => {
    const { io, published } = set();
    const a = io.to("a");
    a.to("b").volatile.key("k");
    await a.emit("1");
    await a.emit("2");
    const to = { rooms: ["a"], except: [] };
    expect(published).toEqual([
      { ...EVENT, to, data: ["1"] },
      { ...EVENT, to, data: ["2"] },
    ]);
  });

  test("at the shard of the binding's name", async () => {
    const shards = new Set<number | undefined>();
    for (let i = 0; i < 50; i += 1) {
      const { io, published } = set({ shards: 3, props: { emitter: `n${i}` } });
      await Promise.all([io.emit("e"), io.emit("f")]);
      const [one, other] = published.map(({ shard }) => shard);
      expect(one).toBe(other);
      shards.add(one);
    }
    expect(shards).toEqual(new Set([0, 1, 2]));
    const { io, published } = set({ shards: 3, props: { emitter: 5 } });
    await io.emit("e");
    expect(published).toMatchObject([{ shard: 0 }]);
  });
});

describe("what makes no sense is refused in a sentence, and nothing is published:", () => {
  const deep: unknown[] = [];
  deep.push(deep);

  test.each([
    ["a reserved event", (io: IoEntrypoint) => io.emit("disconnect"), /^event: expected a text/],
    ["an ack", (io: IoEntrypoint) => io.emit("e", 1, () => {}), /^args\[1\]: expected no function/],
    ["a circle", (io: IoEntrypoint) => io.emit("e", deep), /^args\[0\]: .*at most 64 deep/],
    ["a BigInt", (io: IoEntrypoint) => io.emit("e", [1n]), /^args\[0\]: .*no BigInt/],
    ["a namespace without /", (io: IoEntrypoint) => io.of("n").emit("e"), /^nsp: expected/],
    [
      "a room that is none",
      // @ts-expect-error a JavaScript caller may
      (io: IoEntrypoint) => io.to(5).emit("e"),
      /^rooms\[0\]: /,
    ],
    ["servers in rooms", (io: IoEntrypoint) => io.to("a").serverSideEmit("e"), /got "rooms"/],
    ["no rooms to join", (io: IoEntrypoint) => io.socketsJoin([]), /^join: expected a list with/],
    ["a key of spaces", (io: IoEntrypoint) => io.key(" ").emit("e"), /^key: expected 1 to 256/],
    ["9 MiB", (io: IoEntrypoint) => io.emit("e", new Uint8Array(9 << 20)), /at most 8388608 bytes/],
  ])("%s", async (_, emit, message) => {
    const { io, published } = set();
    await expect(emit(io)).rejects.toThrow(message);
    expect(published).toEqual([]);
  });

  test("a key that was used for something else", async () => {
    const { io } = set({ answer: { type: "key-reused", index: 0 } });
    await expect(io.key("k").emit("e")).rejects.toThrow('The key "k" was used for something else');
  });
});
