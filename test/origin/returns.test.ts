import { describe, expect, test } from "vitest";
import { type Asking, found, mayReturn } from "../../src/origin/returns.ts";
import type { Known } from "../../src/core/origin/origin.ts";
import type { Response } from "../../src/wire/hub/content.ts";

const BACK = { nsp: "/", pid: "pid", offset: "" };

function known(birth: number, moorings: number, room: string, pid = "pid"): Known {
  const session = { sid: "sid", pid, rooms: [room], data: "{}" };
  return { place: { birth, moorings }, handover: { session, vector: new Map(), tail: [] } };
}

function placeOnly(birth: number): Known {
  return { place: { birth, moorings: 0 }, handover: undefined };
}

/** A host that answers so when it asks for the first time, the second, and so on; then with nothing. */
function host(own: Known | undefined, ...rounds: readonly (readonly Known[])[]): Asking {
  const left = rounds.map((round) => {
    return round.map((one): Response => ({ type: "known", ...one }));
  });
  return {
    ask: () => Promise.resolve([{ type: "none" }, ...(left.shift() ?? [])]),
    isAwaiting: () => left.length > 0,
    origin: { knows: () => own },
  };
}

async function roomsFound(by: Asking): Promise<unknown> {
  return (await found(by, BACK))?.restoring.session.rooms;
}

describe("of several that know a session", () => {
  test.each<[string, Asking, string]>([
    ["the later birth", host(undefined, [known(1, 9, "early"), known(2, 0, "late")]), "late"],
    [
      "the later birth, first",
      host(undefined, [known(2, 0, "late"), known(1, 9, "early")]),
      "late",
    ],
    ["more moorings", host(undefined, [known(1, 1, "few"), known(1, 2, "more")]), "more"],
    ["its own", host(known(3, 0, "own"), [known(2, 0, "other")]), "own"],
    ["another's", host(known(1, 0, "own"), [known(2, 0, "other")]), "other"],
    [
      "who has the offset, of others that have not",
      host(placeOnly(9), [known(1, 0, "has it")]),
      "has it",
    ],
  ])("%s hands over", async (_, by, room) => {
    expect(await roomsFound(by)).toEqual([room]);
  });
});

describe("nobody hands over", () => {
  test.each<[string, Asking]>([
    ["who knows nothing", host(undefined, [])],
    ["who has not the offset", host(placeOnly(1), [placeOnly(2)])],
    ["another session", host(undefined, [known(1, 0, "room", "another pid")])],
  ])("%s", async (_, by) => {
    expect(await roomsFound(by)).toBeUndefined();
  });
});

test("asks again while an origin may be just coming back", async () => {
  const by = host(undefined, [], [], [known(1, 0, "came back")]);
  expect(await roomsFound(by)).toEqual(["came back"]);
});

test.each([
  ["", true],
  ["~AAAAAAAAAAAAAAAA:1", true],
  ["~rAAAAAAAAAAAAAAA/d:z", true],
  ["~:", false],
  ["a text", false],
  ["~AAAAAAAAAAAAAAAA:", false],
])("an offset that could be ours: %j", (offset, isOurs) => {
  expect(mayReturn({ ...BACK, offset })).toBe(isOurs);
  expect(mayReturn({ ...BACK, offset, pid: "A".repeat(65) })).toBe(false);
});
