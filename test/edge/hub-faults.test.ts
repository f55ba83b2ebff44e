import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { encodeToHub } from "../../src/wire/hub/frame.ts";
import type { FromHub, ToHub } from "../../src/wire/hub/message.ts";
import { MAX_BODY_BYTES } from "../../src/wire/hub/message.ts";
import { bytesOf, Link, textOf } from "./hub-links.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(async () => {
  await abortAllDurableObjects();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const HELLO: ToHub = { type: "hello", isFresh: true, kept: 0, taken: new Map() };
const PUBLISH = encodeToHub({ type: "publish", n: 1, body: bytesOf("x".repeat(100)) });

/** Two links that have heard of each other, and one more. */
async function three(): Promise<readonly [Link, Link, Link]> {
  const { link: one } = await Link.greet();
  const { link: two } = await Link.greet();
  const { link: hostile } = await Link.greet();
  await one.until("joined");
  await one.until("joined");
  await two.until("joined");
  return [one, two, hostile];
}

async function expectOthersGoOn(one: Link, two: Link): Promise<void> {
  const left: FromHub[] = [await one.next(), await two.next()];
  expect(left.map(({ type }) => type)).toEqual(["left", "left"]);
  one.publish(1, "still here");
  expect(textOf(await two.next())).toBe("still here");
  two.publish(1, "as am I");
  expect(textOf(await one.next())).toBe("as am I");
}

describe("a link ends with a reason, and the others go on, after a frame", () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ["of text", "hello", /^1007 Expected a binary frame, got text\.$/],
    ["without anything in it", new Uint8Array(), /^1007 Expected a message, got an empty frame/],
    ["of a type that there isn't", new Uint8Array([99, 1, 2]), /^1007 Expected .*99/],
    [
      "of a type of the other direction",
      new Uint8Array([18, ...PUBLISH.slice(1)]),
      /^1007 Expected/,
    ],
    ["that is cut", PUBLISH.slice(0, -1), /^1007 Expected/],
    ["that is cut in its header", PUBLISH.slice(0, 1), /^1007 Expected/],
    ["with a byte too many", new Uint8Array([...PUBLISH, 0]), /^1007 Expected/],
    ["of noise", crypto.getRandomValues(new Uint8Array(500)).fill(200, 0, 1), /^1007 Expected/],
    [
      "with a body that would be huge",
      new Uint8Array([2, 1, 255, 255, 255, 255, 127, 1]),
      /^1007 Expected/,
    ],
    ["with a second hello", encodeToHub(HELLO), /^1002 a second hello$/],
  ])("%s", async (_, frame, closed) => {
    const [one, two, hostile] = await three();
    hostile.send(frame);
    expect(await hostile.closed).toMatch(closed);
    await expectOthersGoOn(one, two);
  });

  test("before a hello", async () => {
    const { link: one } = await Link.greet();
    const hostile = await Link.open();
    hostile.send(PUBLISH);
    expect(await hostile.closed).toBe("1002 publish before a hello");
    const { link: two } = await Link.greet();
    expect(await one.next()).toEqual({ type: "joined", uid: two.uid, base: 0 });
  });

  test("with a body larger than any may be", async () => {
    const [one, two, hostile] = await three();
    hostile.say({ type: "publish", n: 1, body: new Uint8Array(32 * 1024 * 1024) });
    expect(await hostile.closed).toMatch(/^1007 Expected/);
    await expectOthersGoOn(one, two);
  });
});

test("a body may have nearly as much as the platform takes", async () => {
  const [one, two, large] = await three();
  const body = new Uint8Array(MAX_BODY_BYTES).fill(7);
  large.say({ type: "publish", n: 1, body });
  for (const link of [one, two]) {
    const event = await link.next();
    expect("body" in event ? event.body.byteLength : 0).toBe(body.byteLength);
  }
});

test("a response to nobody, a double and a taken that can't be are nothing", async () => {
  const [one, two, odd] = await three();
  odd.say({ type: "respond", to: odd.uid, id: 1, isLast: true, body: bytesOf("me") });
  odd.say({ type: "taken", vector: new Map([[one.uid, 2 ** 40]]), bytes: 2 ** 50 });
  odd.publish(1, "a");
  odd.publish(1, "b");
  odd.publish(2, "c");
  expect([textOf(await two.next()), textOf(await two.next())]).toEqual(["a", "c"]);
  expect(await odd.next()).toMatchObject({ type: "response", uid: odd.uid });
});

test("a link that takes nothing of what it is sent ends as too slow, others go on", async () => {
  const [one, two, slow] = await three();
  one.publish(1, "1");
  two.took(new Map([[one.uid, 1]]));
  await slow.next();
  const closed = slow.closed;
  // From one look of the shard's to the next, a second apart, more than ten seconds pass.
  const clock = setInterval(() => vi.setSystemTime(Date.now() + 7000), 700);
  expect(await closed).toBe("1013 too slow");
  clearInterval(clock);
  await two.until("left");
});
