import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ObjectLedger } from "../../src/edge/session/isolate-ledger.ts";
import { engine, fakeOrigins } from "./fake-origins.ts";
import type { Front, PollingClient } from "./sessions.ts";
import { object, openPolling, openSocket } from "./sessions.ts";

const MIB = 1024 * 1024;
const HOST = "origin.example";
const UNKNOWN_SID = '{"code":1,"message":"Session ID unknown"}';

function newObject(): Front {
  return object(env.SESSIONS.get(env.SESSIONS.newUniqueId()), [HOST]);
}

/** An origin that sends as many packets of a MiB as its client names, and a last one. */
function filling(socket: WebSocket): void {
  socket.addEventListener("message", ({ data }) => {
    const packet = `4${"x".repeat(MIB - 1)}`;
    for (let n = Number(String(data).slice(1)); n > 0; n--) socket.send(packet);
    socket.send("4done");
  });
}

/** Sessions whose clients don't poll while this many MiB come for each. */
async function filled(front: Front, mibs: readonly number[]): Promise<PollingClient[]> {
  const clients: PollingClient[] = [];
  for (const mib of mibs) {
    const client = await openPolling(front);
    await client.post(`4${mib}`);
    clients.push(client);
  }
  return clients;
}

/** Waits until all that comes for these has come: a witness's packet is behind theirs. */
async function settled(front: Front): Promise<void> {
  const { client } = await openSocket(front);
  client.send("40");
  expect(await client.next()).toBe("4done");
  client.close();
}

async function ended(clients: readonly PollingClient[]): Promise<boolean[]> {
  const answers = await Promise.all(clients.map((client) => client.post("6")));
  return answers.map((answer) => answer === UNKNOWN_SID);
}

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
  fakeOrigins({ [HOST]: engine({ serve: filling }) });
});

test("an object that has less than its share does not pay for one that has more", () => {
  const [large, small] = [new ObjectLedger(), new ObjectLedger()];
  expect(large.record(48 * MIB)).toBe(true);
  expect(small.record(1000)).toBe(true);
  expect(large.record(1)).toBe(false);
  expect(small.record(24 * MIB)).toBe(false);
  large.record(-48 * MIB - 1);
  small.record(-24 * MIB - 1000);
});

test("an isolate holds 48 MiB for its clients and not a byte more", () => {
  const [one, another] = [new ObjectLedger(), new ObjectLedger()];
  expect(one.record(20 * MIB)).toBe(true);
  expect(another.record(28 * MIB)).toBe(true);
  expect(another.record(1)).toBe(false);
  expect(another.record(-1)).toBe(true);
  expect(one.record(-20 * MIB)).toBe(true);
  expect(another.record(-28 * MIB)).toBe(true);
});

describe("when more than 48 MiB wait for the clients of an isolate", () => {
  test("the session with the largest queue ends, and no other", async () => {
    const front = newObject();
    const clients = await filled(front, [6, 6, 7, 6, 6, 6, 6]);
    await settled(front);
    expect(await ended(clients)).toEqual([false, false, false, false, false, false, false]);
    const last = await filled(front, [6]);
    await settled(front);
    expect(await ended([...clients, ...last])).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    for (const client of [...clients, ...last]) await client.post("1");
  });

  test("of several objects, the largest in the one that grows beyond its share", async () => {
    const [first, second] = [newObject(), newObject()];
    const clients = await filled(first, [7, 7, 7]);
    const others = await filled(second, [6, 6, 6, 6]);
    await settled(first);
    await settled(second);
    others.push(...(await filled(second, [4])));
    await settled(second);
    expect(await ended(clients)).toEqual([false, false, false]);
    expect(await ended(others)).toContain(true);
    for (const client of [...clients, ...others]) await client.post("1");
  });

  test("what has been polled, and what waited for ended sessions, counts no more", async () => {
    const front = newObject();
    for (let round = 0; round < 3; round++) {
      const clients = await filled(front, [7, 7, 7, 7, 7, 7]);
      await settled(front);
      expect(await ended(clients)).not.toContain(true);
      for (const client of clients) {
        if (round === 1) await client.post("1");
        else for (let polls = 0; polls < 8; polls++) await client.poll();
      }
    }
  });
});
