import type { MockInstance } from "vitest";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SessionOwner } from "../../src/edge/session/session-owner.ts";
import type { Dial } from "../../src/wire/recovery/dial.ts";
import { DIAL_HEADER, parseDial } from "../../src/wire/recovery/dial.ts";
import type { Asked } from "./fake-origins.ts";
import { answering, dead, engine, fakeOrigins, Held, silent } from "./fake-origins.ts";
import { inObject } from "./owner.ts";
import { RecoveringOrigin } from "./recovering.ts";
import type { SocketClient } from "./sessions.ts";
import { object, openPolling, openSocket } from "./sessions.ts";

const TOKEN = "0123456789abcdef";

let log: MockInstance;

beforeEach(() => {
  log = vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A client that is in the main namespace, first at `a`. */
async function joined(owner: SessionOwner, hosts = ["a", "b"]): Promise<SocketClient> {
  const { client } = await openSocket(object(owner, hosts));
  client.send("40");
  expect(await client.next()).toMatch(/^40\{/);
  return client;
}

/** How many lines of that event the log has. */
function logged(event: string): number {
  const lines = log.mock.calls.map(([line]) => String(line));
  return lines.filter((line) => line.includes(`"event":"${event}"`)).length;
}

function placeOf({ headers }: Asked): Dial | undefined {
  return parseDial(headers.get(DIAL_HEADER) ?? "")?.dial;
}

describe("a session whose origin ends", () => {
  test("goes to another one, with what its client sends meanwhile, and hears nothing of it", async () => {
    const [a, b] = [new RecoveringOrigin(), new RecoveringOrigin()];
    const held = new Held();
    fakeOrigins({ a: a.answer, b: held.before(b.answer) });
    await inObject({}, async (owner) => {
      const client = await joined(owner);
      a.close();
      await vi.waitUntil(() => held.count === 1);
      client.send('42["held"]');
      held.release();
      await vi.waitUntil(() => b.events.length === 1);
      b.sockets[0]?.send('42["on"]');
      expect(await client.next()).toBe('42["on"]');
    });
    expect(b.events).toEqual(['42["held"]']);
  });

  test("goes to another one after a write that fails", async () => {
    const [a, b] = [new RecoveringOrigin(), new RecoveringOrigin()];
    fakeOrigins({ a: a.answer, b: b.answer });
    await inObject({}, async (owner) => {
      const client = await joined(owner);
      const send = vi.spyOn(WebSocket.prototype, "send");
      client.send('42["lost"]');
      // The client's own has gone by then.
      send.mockImplementationOnce(() => {
        throw new TypeError("The connection is gone.");
      });
      await vi.waitUntil(() => b.dials.length === 1);
      client.send('42["next"]');
      await vi.waitUntil(() => b.events.length === 1);
      expect(b.events).toEqual(['42["next"]']);
      expect(a.events).toEqual([]);
    });
  });

  test("says on each dial which of its moorings it is, failed ones too, by an id of its own", async () => {
    const [a, c] = [new RecoveringOrigin(), new RecoveringOrigin()];
    const asked = fakeOrigins({ a: a.answer, b: dead(), c: c.answer });
    await inObject({ token: TOKEN }, async (owner) => {
      await joined(owner, ["a", "b", "c"]);
      a.close();
      await vi.waitUntil(() => c.dials.length === 1);
    });
    const dials = asked.filter(({ isUpgrade }) => isUpgrade).map((one) => placeOf(one));
    expect(dials).toMatchObject([
      { moorings: 0, name: "a" },
      { moorings: 1, name: "b" },
      { moorings: 2, name: "c" },
    ]);
    expect(new Set(dials.map((dial) => dial?.birth)).size).toBe(1);
    expect(new Set(dials.map((dial) => dial?.id)).size).toBe(3);
  });

  test("dials with the handshake's query, and the cookie that its client sent last", async () => {
    const [a, b] = [new RecoveringOrigin(), new RecoveringOrigin()];
    fakeOrigins({ a: a.answer, b: b.answer });
    await inObject({}, async (owner) => {
      const front = object(owner, ["a", "b"]);
      const client = await openPolling((query, init) =>
        front(query.includes("sid=") ? query : `${query}&room=9`, {
          ...init,
          headers: { cookie: "old=1", authorization: "Bearer x" },
        }),
      );
      expect(await client.post("40")).toBe("ok");
      expect(await client.poll()).toMatch(/^40\{/);
      const headers = { cookie: "new=2" };
      await front(`polling&sid=${client.sid}`, { method: "POST", body: '42["x"]', headers });
      a.close();
      await vi.waitUntil(() => b.dials.length === 1);
    });
    const [dial] = b.dials;
    expect(dial?.url.searchParams.get("room")).toBe("9");
    expect(dial?.headers.get("authorization")).toBe("Bearer x");
    expect(dial?.headers.get("cookie")).toBe("new=2");
  });

  test("ends with a fresh chance for its client when the next one refuses the dial", async () => {
    const a = new RecoveringOrigin();
    fakeOrigins({ a: a.answer, b: answering(401) });
    await inObject({}, async (owner) => {
      const client = await joined(owner);
      a.close();
      expect(await client.closed).toBe("1014 refused by the next origin");
    });
  });

  test("is not kept by an origin that hangs from one that lives", async () => {
    const [a, c] = [new RecoveringOrigin(), new RecoveringOrigin()];
    const asked = fakeOrigins({ a: a.answer, b: silent(), c: c.answer });
    await inObject({ dialTimeoutMs: 300 }, async (owner) => {
      for (let i = 0; i < 12; i++) await joined(owner, ["a", "b", "c"]);
      a.close();
      // All but the three that b keeps for as long as a dial may last.
      await vi.waitUntil(() => c.dials.length >= 9, { timeout: 290 });
      await vi.waitUntil(() => c.dials.length === 12);
    });
    expect(asked.filter(({ url }) => url.host === "b")).toHaveLength(3);
  });

  test("is dialled for no more when its client has gone", async () => {
    const [a, b] = [new RecoveringOrigin(), new RecoveringOrigin()];
    const held = new Held();
    fakeOrigins({ a: a.answer, b: held.before(b.answer) });
    await inObject({}, async (owner) => {
      const clients = [];
      for (let i = 0; i < 5; i++) clients.push(await joined(owner));
      a.close();
      await vi.waitUntil(() => held.count === 3);
      for (const client of clients.slice(3)) client.close();
      await vi.waitUntil(() => logged("session-ended") === 2);
      for (let i = 0; i < 3; i++) held.release();
      await vi.waitUntil(() => logged("session-moored") === 3);
    });
    expect(b.dials).toHaveLength(3);
  });

  test("asks once, with all that its origin has ended at a time, whether that one lives", async () => {
    const [a, b] = [new RecoveringOrigin(), new RecoveringOrigin()];
    const asked = fakeOrigins({
      a: (one) => (one.isUpgrade ? a.answer(one) : answering(404)(one)),
      b: b.answer,
    });
    await inObject({}, async (owner) => {
      for (let i = 0; i < 8; i++) await joined(owner);
      for (const socket of a.sockets) socket.close();
      await vi.waitUntil(() => b.dials.length === 8);
    });
    expect(asked.filter(({ url }) => url.searchParams.get("sid") === "x")).toHaveLength(1);
  });

  test("waits for a place among its object's dials", async () => {
    const [a, b] = [new RecoveringOrigin(), new RecoveringOrigin()];
    const held = new Held();
    fakeOrigins({ a: a.answer, b: held.before(b.answer) });
    await inObject({}, async (owner) => {
      const clients = [];
      for (let i = 0; i < 8; i++) clients.push(await joined(owner));
      a.close();
      await vi.waitUntil(() => held.count === 3);
      for (let i = 0; i < 8; i++) {
        await vi.waitUntil(() => held.count > 0);
        expect(held.count).toBeLessThanOrEqual(3);
        held.release();
      }
      await vi.waitUntil(() => b.sockets.length === 8);
      for (const client of clients) client.send('42["all"]');
      await vi.waitUntil(() => b.events.length === 8);
      expect(b.dials).toHaveLength(8);
    });
  });
});

describe("an object that is asked to move sessions", () => {
  test("moves so many of that origin's, and says how many it has asked", async () => {
    const [a, b] = [new RecoveringOrigin(), new RecoveringOrigin()];
    fakeOrigins({ a: a.answer, b: b.answer });
    await inObject({}, async (owner) => {
      for (let i = 0; i < 3; i++) await joined(owner);
      expect(owner.move("b", 5)).toBe(0);
      expect(owner.move("a", 2)).toBe(2);
      await vi.waitUntil(() => b.dials.length === 2);
      expect(a.ended).toHaveLength(2);
      expect(owner.move("a", 5)).toBe(1);
      await vi.waitUntil(() => b.dials.length === 3);
    });
  });

  test("dials the next only when the old one's side has ended", async () => {
    const [a, b] = [new RecoveringOrigin(), new RecoveringOrigin()];
    const order: string[] = [];
    fakeOrigins({
      a: a.answer,
      b: (asked) => {
        order.push(`dialled, ${a.ended.length} ended`);
        return b.answer(asked);
      },
    });
    await inObject({}, async (owner) => {
      await joined(owner);
      owner.move("a", 1);
      await vi.waitUntil(() => b.dials.length === 1);
    });
    expect(order).toEqual(["dialled, 1 ended"]);
  });

  test("asks none that no other origin could go on with", async () => {
    fakeOrigins({ a: engine(), b: engine() });
    await inObject({}, async (owner) => {
      const { client } = await openSocket(object(owner, ["a", "b"]));
      client.send("4no namespace");
      expect(await client.next()).toBe("4no namespace");
      expect(owner.move("a", 1)).toBe(0);
    });
  });

  test("asks none twice that is about to go", async () => {
    const a = new RecoveringOrigin();
    fakeOrigins({ a: a.answer });
    await inObject({}, async (owner) => {
      for (let i = 0; i < 2; i++) {
        const client = await joined(owner);
        a.sockets[i]?.send('420["question"]');
        expect(await client.next()).toBe('420["question"]');
      }
      // Each waits for its client's answer.
      expect(owner.move("a", 1)).toBe(1);
      expect(owner.move("a", 1)).toBe(1);
      expect(owner.move("a", 1)).toBe(0);
    });
  });
});

describe("an object that is asked to end an origin's sessions", () => {
  test("ends those, and tells their clients so", async () => {
    fakeOrigins({ a: engine(), b: engine() });
    await inObject({}, async (owner) => {
      const { client: one } = await openSocket(object(owner, ["a"]));
      const { client: other } = await openSocket(object(owner, ["b"]));
      expect(owner.end("a")).toBe(1);
      expect(await one.closed).toBe("1001 origin drained");
      other.send("4still here");
      expect(await other.next()).toBe("4still here");
    });
  });

  test("has those go elsewhere that can, and asks none again that has gone before its turn", async () => {
    const [a, b] = [new RecoveringOrigin(), new RecoveringOrigin()];
    fakeOrigins({ a: a.answer, b: b.answer });
    await inObject({}, async (owner) => {
      const clients: SocketClient[] = [];
      for (let i = 0; i < 12; i++) clients.push(await joined(owner));
      // Ten go at once, the others in the next turns.
      expect(owner.end("a")).toBe(12);
      a.close();
      await vi.waitUntil(() => b.sockets.length === 12);
      for (const client of clients) client.send('42["spared"]');
      await vi.waitUntil(() => b.events.length === 12);
    });
    expect(b.dials).toHaveLength(12);
    expect(b.ended).toEqual([]);
  });
});
