import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { engine, fakeOrigins } from "./fake-origins.ts";
import type { Front } from "./sessions.ts";
import { object, openPolling, openSocket } from "./sessions.ts";

const HOST = "origin.example";
const BAD_REQUEST = '{"code":3,"message":"Bad request"}';
const UNKNOWN_SID = '{"code":1,"message":"Session ID unknown"}';

function newObject(): Front {
  return object(env.SESSIONS.get(env.SESSIONS.newUniqueId()), [HOST]);
}

/** Says `text` on a session and gives what its origin sends back. */
type Say = (text: string) => Promise<unknown>;

async function talker(front: Front, n: number): Promise<Say> {
  if (n % 2 === 0) {
    const { client } = await openSocket(front);
    return (text) => {
      client.send(`4${text}`);
      return client.next();
    };
  }
  const polling = await openPolling(front);
  return async (text) => {
    await polling.post(`4${text}`);
    return polling.poll();
  };
}

async function talkers(front: Front, count: number): Promise<Say[]> {
  const all: Say[] = [];
  for (let n = 0; n < count; n++) all.push(await talker(front, n));
  return all;
}

async function expectEchoes(all: readonly Say[], round: string): Promise<void> {
  const echoes = await Promise.all(all.map((say, n) => say(`${n} in ${round}`)));
  expect(echoes).toEqual(all.map((_, n) => `4${n} in ${round}`));
}

describe("an object with many sessions", () => {
  test("gives each of a hundred what is theirs, and nobody else's", async () => {
    fakeOrigins({ [HOST]: engine() });
    const all = await talkers(newObject(), 100);
    expect(all).toHaveLength(100);
    for (const round of ["spring", "summer", "autumn"]) await expectEchoes(all, round);
  });

  test("says that it is full, and takes another session when one has ended", async () => {
    fakeOrigins({ [HOST]: engine() });
    const front = newObject();
    const first = await openPolling(front);
    await talkers(front, 99);
    const refused = await front("polling");
    expect(refused.headers.get("mooring-untaken")).toBe("full");
    await first.post("1");
    const next = await openPolling(front);
    expect(await next.post("4hi")).toBe("ok");
  });

  test("counts handshakes under way, so that a burst does not overfill it", async () => {
    const asked = fakeOrigins({ [HOST]: engine() });
    const front = newObject();
    await talkers(front, 98);
    const burst = await Promise.all([1, 2, 3].map(() => front("polling")));
    const untaken = burst.map(({ headers }) => headers.get("mooring-untaken"));
    expect(untaken).toEqual([null, null, "full"]);
    expect(asked).toHaveLength(100);
  });
});

const NOT_UTF8 = new Uint8Array([0x34, 0x61, 0xff, 0x62]);
const CUT_UTF8 = new Uint8Array([0x34, 0xe2, 0x82]);
const SURROGATE_UTF8 = new Uint8Array([0x34, 0xed, 0xa0, 0x80]);

const BODIES: readonly [name: string, body: string | Uint8Array<ArrayBuffer>][] = [
  ["nothing", ""],
  ["a lone separator", "\x1e"],
  ["a separator too many", "4a\x1e"],
  ["an unknown type", "7"],
  ["an unknown type behind good packets", "4a\x1e4b\x1ex"],
  ["a letter", "hello"],
  ["base64 with a letter of another alphabet", "bAB-_"],
  ["base64 that is cut", "bAAA"],
  ["base64 with a line break", "bAAAA\nAAAA"],
  ["base64 with padding inside", "bAA==AAAA"],
  ["bytes that are not UTF-8", NOT_UTF8],
  ["UTF-8 that is cut", CUT_UTF8],
  ["UTF-8 of half a surrogate pair", SURROGATE_UTF8],
  ["a byte order mark", new Uint8Array([0xef, 0xbb, 0xbf, 0x34, 0x61])],
  ["a null character", "\0"],
  ["a ping", "2"],
  ["ten thousand unknown types", "7\x1e".repeat(10_000)],
];

const FRAMES: readonly [name: string, frame: string, closed: string][] = [
  ["nothing", "", "1002 parse error"],
  ["an unknown type", "7", "1002 parse error"],
  ["a letter", "hello", "1002 parse error"],
  ["a separator", "\x1e", "1002 parse error"],
  ["a null character", "\0", "1002 parse error"],
  ["a ping", "2", "1002 invalid heartbeat direction"],
  ["a probe without an upgrade", "2probe", "1002 invalid heartbeat direction"],
  ["a packet over maxPayload", `4${"x".repeat(1_000_000)}`, "1009 payload too large"],
];

describe("one session fed rubbish ends, and the others in its object go on", () => {
  test.each(BODIES)("%s, by polling", async (_, body) => {
    fakeOrigins({ [HOST]: engine() });
    const front = newObject();
    const all = await talkers(front, 6);
    const hostile = await openPolling(front);
    const before = expectEchoes(all, "the turn before");
    const post = await front(`polling&sid=${hostile.sid}`, { method: "POST", body });
    expect(await post.text()).toBe(BAD_REQUEST);
    expect(await hostile.poll()).toBe(UNKNOWN_SID);
    await before;
    await expectEchoes(all, "the turn after");
  });

  test.each(FRAMES)("%s, by WebSocket", async (_, frame, closed) => {
    fakeOrigins({ [HOST]: engine() });
    const front = newObject();
    const all = await talkers(front, 6);
    const { client } = await openSocket(front);
    const before = expectEchoes(all, "the turn before");
    client.send(frame);
    expect(await client.closed).toBe(closed);
    await before;
    await expectEchoes(all, "the turn after");
  });

  test.each(["open", "upgrade", "noop"])(
    "a packet of type %s means nothing from a client, and ends nothing",
    async (name) => {
      fakeOrigins({ [HOST]: engine() });
      const { client } = await openSocket(newObject());
      const type = { open: "0", upgrade: "5", noop: "6" }[name] ?? "";
      client.send(`${type}{}`);
      client.send("4still here");
      expect(await client.next()).toBe("4still here");
    },
  );
});
