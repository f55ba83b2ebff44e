import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { poolObject } from "./management-api.ts";
import { bytesOf, Link, shard, textOf } from "./hub-links.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(async () => {
  await abortAllDurableObjects();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Links that have heard of each other. */
async function links(count: number): Promise<Link[]> {
  const all: Link[] = [];
  for (let i = 0; i < count; i++) {
    all.push((await Link.greet()).link);
    for (const link of all.slice(0, -1)) await link.until("joined");
  }
  return all;
}

/** Lets the time pass after which everything is known to be taken, and waits until that is written down. */
async function rest(): Promise<void> {
  vi.setSystemTime(Date.now() + 120_000);
  await vi.waitFor(
    () =>
      runInDurableObject(shard(), (_, state) => {
        const written = state
          .getWebSockets()
          .map((socket) => socket.deserializeAttachment() as unknown);
        expect(written.length > 0 && !written.includes(null)).toBe(true);
      }),
    { timeout: 10_000, interval: 100 },
  );
}

describe("the hub's object", () => {
  test("carries an event to all others, and nothing to its sender", async () => {
    const [one, two, three] = await links(3);
    one?.publish(1, "hello");
    const event = { type: "event", uid: one?.uid, n: 1, body: bytesOf("hello") };
    expect([await two?.next(), await three?.next()]).toEqual([event, event]);
    two?.publish(1, "and back");
    expect(await one?.next()).toMatchObject({ type: "event", uid: two?.uid, n: 1 });
  });

  test("keeps each sender's order, and puts what comes together in few frames", async () => {
    const [one, two] = await links(2);
    if (!one || !two) throw new Error("Expected two links.");
    const before = two.frames;
    for (let n = 1; n <= 500; n++) one.publish(n, `${n}`);
    const got: string[] = [];
    while (got.length < 500) got.push(textOf(await two.next()));
    expect(got).toEqual(Array.from({ length: 500 }, (_, i) => `${i + 1}`));
    expect(two.frames - before).toBeLessThan(250);
  });

  test("brings a response to the asker alone", async () => {
    const [one, two, three] = await links(3);
    one?.say({ type: "request", id: 7, body: bytesOf("who?") });
    expect(await two?.next()).toMatchObject({ type: "request", uid: one?.uid, id: 7 });
    expect(await three?.next()).toMatchObject({ type: "request", uid: one?.uid, id: 7 });
    if (one) two?.say({ type: "respond", to: one.uid, id: 7, isLast: true, body: bytesOf("I") });
    expect(await one?.next()).toMatchObject({ type: "response", uid: two?.uid, id: 7 });
    two?.publish(1, "next");
    expect(textOf((await three?.next()) ?? { type: "all-taken", n: 0 })).toBe("next");
  });

  test.each([1000, 1001, 1013, 3000, 4999])(
    "tells the others at once when a link ends, and answers its close of %i",
    async (code) => {
      const [one, two] = await links(2);
      one?.close(code);
      expect(await two?.next()).toEqual({ type: "left", uid: one?.uid });
      expect(await one?.closed).toBe(`${code} `);
    },
  );

  test("resumes a link where it was, and tells of its return", async () => {
    const [one, two] = await links(2);
    if (!one || !two) throw new Error("Expected two links.");
    one.publish(1, "1");
    await two.next();
    two.close(1000);
    await one.until("left");
    one.publish(2, "2");
    one.publish(3, "3");
    const taken = new Map([[one.uid, 1]]);
    const { link, welcome } = await Link.greet({ isFresh: false, taken }, two.key);
    expect(welcome).toMatchObject({ type: "welcome", last: 0, peers: [one.uid] });
    expect([textOf(await link.next()), textOf(await link.next())]).toEqual(["2", "3"]);
    expect(await one.next()).toEqual({ type: "joined", uid: two.uid, base: 0 });
  });

  test("ends an older link of one key, and goes on with the newer", async () => {
    const [one, two] = await links(2);
    const { link } = await Link.greet({}, one?.key);
    expect(await one?.closed).toBe("4000 replaced");
    expect((await two?.until("joined"))?.map(({ type }) => type)).toEqual(["left", "joined"]);
    link.publish(1, "new");
    expect(textOf((await two?.next()) ?? { type: "all-taken", n: 0 })).toBe("new");
  });

  test("gives who joins the recent past", async () => {
    const [one] = await links(1);
    for (let n = 1; n <= 3; n++) one?.publish(n, `${n}`);
    const { link, welcome } = await Link.greet();
    expect(welcome).toMatchObject({
      bases: new Map([
        [one?.uid, 0],
        [link.uid, 0],
      ]),
    });
    const past = [await link.next(), await link.next(), await link.next()];
    expect(past.map(textOf)).toEqual(["1", "2", "3"]);
  });

  test("publishes what has no sender, once for each key", async () => {
    const [one, two] = await links(2);
    const key = "k";
    expect(await shard().emit([{ body: bytesOf("a"), key }])).toEqual({
      type: "accepted",
      repeated: 0,
    });
    expect(await shard().emit([{ body: bytesOf("a"), key }, { body: bytesOf("b") }])).toEqual({
      type: "accepted",
      repeated: 1,
    });
    for (const link of [one, two]) {
      const got = [await link?.next(), await link?.next()];
      expect(got.map((message) => message && textOf(message))).toEqual(["a", "b"]);
      expect(got[0]).toMatchObject({ n: 1 });
    }
  });
});

describe("a server that is about to close", () => {
  test("gets no sessions from its pool for a while, and goes on in the hub until it is gone", async () => {
    const [one, two] = await links(2);
    one?.say({ type: "closing", origin: { pool: "default", name: "two" } });
    await vi.waitFor(async () => {
      const { origins } = await poolObject().look("default");
      expect(origins.map(({ health }) => health)).toEqual(["up", "ejected"]);
    });
    one?.publish(1, "bye");
    expect(textOf((await two?.next()) ?? { type: "all-taken", n: 0 })).toBe("bye");
  });

  test("of a pool that there isn't means nothing", async () => {
    const [one, two] = await links(2);
    one?.say({ type: "closing", origin: { pool: "other", name: "two" } });
    one?.publish(1, "here");
    expect(textOf((await two?.next()) ?? { type: "all-taken", n: 0 })).toBe("here");
    expect((await poolObject().look("default")).origins.map(({ health }) => health)).toEqual([
      "up",
      "up",
    ]);
  });
});

describe("after a reset", () => {
  test("links end, come back, and bring what the shard lacks", async () => {
    const [one, two] = await links(2);
    if (!one || !two) throw new Error("Expected two links.");
    one.publish(1, "1");
    await two.next();
    await abortAllDurableObjects();
    await Promise.all([one.closed, two.closed]);
    const { link, welcome } = await Link.greet({ isFresh: false }, one.key);
    expect(welcome).toMatchObject({ last: 0, peers: [] });
    link.publish(1, "1");
    link.publish(2, "2");
    const taken = new Map([[one.uid, 1]]);
    const back = await Link.greet({ isFresh: false, taken }, two.key);
    expect(textOf(await back.link.next())).toBe("2");
  });
});

describe("an object without memory", () => {
  test("that was at rest goes on with its links and their numbers", async () => {
    const [one, two] = await links(2);
    if (!one || !two) throw new Error("Expected two links.");
    one.publish(1, "1");
    await two.next();
    two.took(new Map([[one.uid, 1]]));
    await rest();
    await evictDurableObject(shard(), { webSockets: "hibernate" });
    one.publish(1, "again");
    one.publish(2, "2");
    expect(await two.next()).toMatchObject({ type: "event", uid: one.uid, n: 2 });
    const { welcome } = await Link.greet();
    const peers = welcome.type === "welcome" ? welcome.peers : [];
    expect(peers.toSorted()).toEqual([one.uid, two.uid].toSorted());
  });

  test("that lacks how far one of them is has all of them start over", async () => {
    const [one, two] = await links(2);
    await rest();
    await runInDurableObject(shard(), (_, state) => {
      state.getWebSockets()[1]?.serializeAttachment(null);
    });
    await evictDurableObject(shard(), { webSockets: "hibernate" });
    one?.publish(1, "1");
    const over = "1012 start over";
    expect(await Promise.all([one?.closed, two?.closed])).toEqual([over, over]);
  });
});
