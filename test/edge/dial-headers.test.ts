import { describe, expect, test } from "vitest";
import { dialHeaders } from "../../src/edge/upstream/dial-headers.ts";
import { DIAL_HEADER, parseDial } from "../../src/wire/recovery/dial.ts";
import type { Asked } from "./fake-origins.ts";
import { dead, engine, fakeOrigins } from "./fake-origins.ts";
import { inObject } from "./owner.ts";
import { object } from "./sessions.ts";

const TOKEN = "0123456789abcdef";

/** The dials of one handshake that may go to `a`, which is dead, and then to `b`; the client says it is an edge itself. */
async function dialsWith(token: string | undefined): Promise<readonly Asked[]> {
  const asked = fakeOrigins({ a: dead(), b: engine() });
  await inObject({ token }, async (owner) => {
    const response = await object(owner, ["a", "b"])("polling", {
      headers: { [DIAL_HEADER]: "AAAAAAAAAAAAAAAA;1;2;default;b.AAAA" },
    });
    expect(response.status).toBe(200);
  });
  return asked;
}

function dialIn({ headers }: Asked): ReturnType<typeof parseDial> {
  return parseDial(headers.get(DIAL_HEADER) ?? "");
}

describe("with a token, each dial says whose it is", () => {
  test("its origin and pool as the settings call them, its session's birth, and which mooring it is", async () => {
    const before = Date.now();
    const dials = (await dialsWith(TOKEN)).filter(({ isUpgrade }) => isUpgrade);
    const [first, second] = dials.map((dial) => dialIn(dial)?.dial);
    expect(first).toMatchObject({ moorings: 0, pool: "default", name: "a" });
    expect(second).toMatchObject({ moorings: 1, pool: "default", name: "b" });
    expect(first?.id).not.toBe(second?.id);
    expect(first?.birth).toBe(second?.birth);
    expect(first?.birth).toBeGreaterThanOrEqual(before);
    expect(first?.birth).toBeLessThanOrEqual(Date.now());
  });

  test("with a mac by that token", async () => {
    const [, , dial] = await dialsWith(TOKEN);
    const header = dial?.headers.get(DIAL_HEADER) ?? "";
    expect(await dialHeaders(parseDial(header)?.dial, TOKEN)).toEqual([[DIAL_HEADER, header]]);
    expect(await dialHeaders(parseDial(header)?.dial, `${TOKEN}0`)).not.toEqual([
      [DIAL_HEADER, header],
    ]);
  });

  test("but not where the origin is asked by polling", async () => {
    const questions = (await dialsWith(TOKEN)).filter(({ isUpgrade }) => !isUpgrade);
    expect(questions.map(({ headers }) => headers.has(DIAL_HEADER))).toEqual([false]);
  });
});

test("without a token, no dial says anything, and what a client says goes no further", async () => {
  const dials = await dialsWith(undefined);
  expect(dials.map(({ headers }) => headers.has(DIAL_HEADER))).toEqual([false, false, false]);
});

test("the field is what origins read: the same text as test/origin/dial-reader.test.ts has", async () => {
  const dial = {
    id: "AAAAAAAAAAAAAAAA",
    birth: 1_700_000_000_000,
    moorings: 3,
    pool: "default",
    name: "one ü",
  };
  expect(await dialHeaders(dial, TOKEN)).toEqual([
    [
      DIAL_HEADER,
      "AAAAAAAAAAAAAAAA;1700000000000;3;default;one%20%C3%BC.fdZQ6Yk8aTJWYy8346IzvPDzPA-HTD6Od0asf6VVX00",
    ],
  ]);
  expect(await dialHeaders(undefined, TOKEN)).toEqual([]);
});
