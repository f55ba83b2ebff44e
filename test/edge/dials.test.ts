import { expect, onTestFinished, test, vi } from "vitest";
import type { SessionOwner } from "../../src/edge/session/session-owner.ts";
import type { Answerer } from "./fake-origins.ts";
import { answering, dead, engine, fakeOrigins, Held, silent } from "./fake-origins.ts";
import { inObject } from "./owner.ts";
import { object } from "./sessions.ts";

const OPENED = "0{";

/** How a handshake went that may dial `hosts` in turn: opened, or why the object did not take it. */
async function shake(owner: SessionOwner, ...hosts: string[]): Promise<string> {
  const response = await object(owner, hosts)("polling");
  return response.headers.get("mooring-untaken") ?? (await response.text()).slice(0, 2);
}

/** A port that has been found dead after ten seconds. */
const late: Answerer = (request) => {
  vi.setSystemTime(Date.now() + 10_000);
  return dead()(request);
};

function opened(count: number): string[] {
  return Array.from({ length: count }, () => OPENED);
}

test("dials three to one origin at a time, and has no place for a fourth", async () => {
  const held = new Held();
  const asked = fakeOrigins({ a: held.before(engine()) });
  await inObject({}, async (owner) => {
    const three = [shake(owner, "a"), shake(owner, "a"), shake(owner, "a")];
    await vi.waitUntil(() => held.count === 3);
    expect(await shake(owner, "a")).toBe("busy");
    held.release();
    expect(await Promise.race(three)).toBe(OPENED);
    const fourth = shake(owner, "a");
    await vi.waitUntil(() => held.count === 3);
    for (let n = 0; n < 3; n++) held.release();
    expect(await Promise.all([...three, fourth])).toEqual(opened(4));
  });
  expect(asked).toHaveLength(4);
});

test("dials six at a time in all, and has no place for a seventh", async () => {
  const held = new Held();
  const answerer = held.before(engine());
  const asked = fakeOrigins({ a: answerer, b: answerer, c: answerer });
  await inObject({}, async (owner) => {
    const six = ["a", "b", "a", "b", "a", "b"].map((host) => shake(owner, host));
    await vi.waitUntil(() => held.count === 6);
    expect(await shake(owner, "c")).toBe("busy");
    expect(asked).toHaveLength(6);
    held.release();
    expect(await Promise.race(six)).toBe(OPENED);
    const seventh = shake(owner, "c");
    await vi.waitUntil(() => held.count === 6);
    for (let n = 0; n < 6; n++) held.release();
    expect(await Promise.all([...six, seventh])).toEqual(opened(7));
  });
});

test("a dial to the next origin waits for a place there, behind who came before", async () => {
  const held = new Held();
  const asked = fakeOrigins({ a: dead(), b: held.before(engine()) });
  const done: string[] = [];
  await inObject({}, async (owner) => {
    const named = (name: string, ...hosts: string[]) => {
      return shake(owner, ...hosts).then((how) => done.push(`${name} ${how}`));
    };
    const six = [named("1", "b"), named("2", "b"), named("3", "b"), named("4", "a", "b")];
    // The question by polling that follows a dead port is a second request to it.
    await vi.waitUntil(() => asked.filter(({ url }) => url.host === "a").length === 2);
    six.push(named("5", "a", "b"));
    await vi.waitUntil(() => asked.filter(({ url }) => url.host === "a").length === 4);
    expect(held.count).toBe(3);
    for (let n = 0; n < 5; n++) {
      await vi.waitUntil(() => held.count > 0);
      held.release();
    }
    await Promise.all(six);
  });
  expect(done).toEqual(["1 0{", "2 0{", "3 0{", "4 0{", "5 0{"]);
});

test("a handshake goes on to no further origin once its place is kept for it no longer", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const asked = fakeOrigins({ a: late, b: engine() });
  expect(await inObject({}, (owner) => shake(owner, "a", "b"))).toBe("unreachable");
  expect(asked.map(({ url }) => url.host)).not.toContain("b");
});

test("an origin that never answers is given up, and the next one takes the session", async () => {
  const asked = fakeOrigins({ a: silent(), b: engine() });
  const how = await inObject({ dialTimeoutMs: 100 }, (owner) => shake(owner, "a", "b"));
  expect(how).toBe(OPENED);
  expect(asked.map(({ url, signal }) => [url.host, signal?.aborted])).toEqual([
    ["a", true],
    ["b", false],
  ]);
});

test("a dial that waits behind an origin that never answers has its whole time afterwards", async () => {
  const held = new Held();
  const answerers = [silent(), silent(), silent(), held.before(engine())];
  fakeOrigins({ a: dead(), b: (asked) => (answerers.shift() ?? dead())(asked) });
  await inObject({ dialTimeoutMs: 100 }, async (owner) => {
    const three = [shake(owner, "b"), shake(owner, "b"), shake(owner, "b")];
    const behind = shake(owner, "a", "b");
    expect(await Promise.all(three)).toEqual(["unreachable", "unreachable", "unreachable"]);
    await vi.waitUntil(() => held.count === 1);
    held.release();
    expect(await behind).toBe(OPENED);
  });
});

test("dials that fail in every way give their places back", async () => {
  fakeOrigins({ a: dead(), b: silent(), c: answering(500), d: answering(403), e: engine() });
  await inObject({ dialTimeoutMs: 100 }, async (owner) => {
    for (let round = 0; round < 3; round++) {
      const failed = await Promise.all([
        shake(owner, "a"),
        shake(owner, "b"),
        shake(owner, "c"),
        shake(owner, "d"),
      ]);
      expect(failed).toEqual(["unreachable", "unreachable", "unreachable", "40"]);
    }
    const six = ["e", "a", "e", "a", "e", "a"].map((host) => shake(owner, host, "e"));
    expect(await Promise.all(six)).toEqual(opened(6));
  });
});

test("an object whose handshakes all failed has room for as many as before", async () => {
  fakeOrigins({ a: dead(), e: engine() });
  await inObject({ sessionsPerObject: 2 }, async (owner) => {
    for (let round = 0; round < 3; round++) expect(await shake(owner, "a")).toBe("unreachable");
    expect(await shake(owner, "e")).toBe(OPENED);
    expect(await shake(owner, "e")).toBe(OPENED);
    expect(await shake(owner, "e")).toBe("full");
  });
});
