import { describe, expect, test } from "vitest";
import type { Ranking, RankRequest } from "../../../src/core/pool/rank.ts";
import { rank } from "../../../src/core/pool/rank.ts";
import type { Pool } from "../../../src/core/pool/pool.ts";
import type { OriginStatus } from "../../../src/core/pool/snapshot.ts";
import { poolOf } from "./pool-builders.ts";
import { origin, request, snapshot } from "./rank-builders.ts";

const BALANCES = ["least-connections", "round-robin", "random", "hash"] as const;

const FULL = { sessions: 5, maxConnections: 5 } as const;

/** In the order in which least connections ranks those that are up: by their sessions. */
const [A, B, C] = [
  origin("a", { sessions: 1 }),
  origin("b", { sessions: 2 }),
  origin("c", { sessions: 3 }),
];

function ranked(
  origins: readonly OriginStatus[],
  asked: Partial<RankRequest> = {},
  parts: Partial<Pool> = {},
): readonly string[] | Exclude<Ranking["type"], "ranked"> {
  const ranking = rank(poolOf([], parts), snapshot(...origins), request(asked));
  return ranking.type === "ranked" ? ranking.origins.map(({ name }) => name) : ranking.type;
}

/** As `ranked`, where there is a list. */
function list(...given: Parameters<typeof ranked>): readonly string[] {
  const names = ranked(...given);
  return typeof names === "string" ? [] : names;
}

function waitedFor(...origins: readonly OriginStatus[]): readonly string[] {
  const ranking = rank(poolOf([]), snapshot(...origins), request());
  return ranking.type === "full" ? ranking.origins.map(({ name }) => name) : [];
}

function byName(one: string, other: string): number {
  return one < other ? -1 : 1;
}

describe.each(BALANCES)("%s", (balance) => {
  test.each<[string, Partial<OriginStatus>]>([
    ["down", { health: "down" }],
    ["ejected", { health: "ejected" }],
    ["in maint", { admin: "maint" }],
    ["draining", { admin: "drain" }],
    ["of no weight", { weight: 0 }],
    ["full", FULL],
    ["over its limit", { sessions: 6, maxConnections: 5 }],
    ["draining and on trial", { admin: "drain", health: "trial" }],
    ["a backup", { isBackup: true, ...FULL }],
  ])("leaves out an origin that is %s", (_, state) => {
    expect(ranked([origin("x", state), B], {}, { balance })).toEqual(["b"]);
  });

  test.each<[string, Partial<OriginStatus>, "none" | "full"]>([
    ["down", { health: "down" }, "none"],
    ["ejected", { health: "ejected" }, "none"],
    ["in maint", { admin: "maint" }, "none"],
    ["draining", { admin: "drain" }, "none"],
    ["of no weight", { weight: 0 }, "none"],
    ["draining, and full as well", { admin: "drain", ...FULL }, "none"],
    ["full", FULL, "full"],
    ["on trial and full", { health: "trial", ...FULL }, "full"],
    ["a full backup", { isBackup: true, ...FULL }, "full"],
  ])("says of a pool whose only origin is %s why it has none", (_, state, type) => {
    expect(ranked([origin("x", state)], { mayTry: true }, { balance })).toBe(type);
  });

  test("has every origin that is up in its list, once", () => {
    const names = list([A, B, C], { affinityKey: "somebody" }, { balance });
    expect(names.toSorted(byName)).toEqual(["a", "b", "c"]);
    const without = list([A, B, C], { turn: 7, randoms: [0.7, 0.2] }, { balance });
    expect(without.toSorted(byName)).toEqual(["a", "b", "c"]);
  });
});

describe("a full pool names whom to wait for", () => {
  const backup = origin("spare", { isBackup: true });
  test("best first, and no backup while another is up", () => {
    const busy = origin("busy", { sessions: 9, maxConnections: 9 });
    expect(waitedFor(busy, origin("a", FULL), backup, { ...backup, ...FULL })).toEqual([
      "a",
      "busy",
    ]);
  });

  test("backups where no other is up", () => {
    const down = origin("a", { health: "down", ...FULL });
    expect(waitedFor(down, { ...backup, ...FULL })).toEqual(["spare"]);
  });
});

test("says that a pool without origins has none", () => {
  expect(ranked([])).toBe("none");
});

test("counts an origin below its limit by one as having room", () => {
  expect(ranked([origin("x", { sessions: 4, maxConnections: 5 })])).toEqual(["x"]);
});

describe("backups", () => {
  const backup = origin("spare", { isBackup: true });
  const other = origin("spare-2", { isBackup: true, sessions: 1 });

  test.each<[string, Partial<OriginStatus>]>([
    ["down", { health: "down" }],
    ["ejected", { health: "ejected" }],
    ["in maint", { admin: "maint" }],
    ["draining", { admin: "drain" }],
    ["of no weight", { weight: 0 }],
  ])("come when all others are %s", (_, state) => {
    expect(ranked([other, origin("x", state), backup])).toEqual(["spare", "spare-2"]);
  });

  test("stand behind all others, for a session that those have failed", () => {
    expect(ranked([backup, C, A])).toEqual(["a", "c", "spare"]);
  });

  test("stay idle while another is up but full", () => {
    expect(ranked([origin("x", FULL), backup])).toBe("full");
    expect(ranked([origin("x", FULL), backup, B])).toEqual(["b"]);
  });

  test("come although one that is down has as many sessions as it may", () => {
    expect(ranked([origin("x", { ...FULL, health: "down" }), backup])).toEqual(["spare"]);
  });

  test("are no better for a cookie or key that is theirs", () => {
    expect(ranked([backup, A], { preferred: "spare" })).toEqual(["a", "spare"]);
    for (let key = 0; key < 20; key++) {
      expect(ranked([backup, A], { affinityKey: `${key}` })).toEqual(["a", "spare"]);
    }
  });
});

describe("the origin that a cookie names", () => {
  test.each(BALANCES)("is first with %s, and the others follow by it", (balance) => {
    const without = list([A, B, C], { turn: 3, randoms: [0.9, 0.9] }, { balance });
    const rest = without.filter((name) => name !== "c");
    const asked = { preferred: "c", turn: 3, randoms: [0.9, 0.9] } as const;
    expect(ranked([A, B, C], asked, { balance })).toEqual(["c", ...rest]);
  });

  test("comes before the key's", () => {
    for (let key = 0; key < 20; key++) {
      expect(ranked([A, B], { affinityKey: `${key}`, preferred: "b" })[0]).toBe("b");
    }
  });

  test.each<[string, OriginStatus]>([
    ["is draining", origin("c", { admin: "drain" })],
    ["is down", origin("c", { health: "down" })],
    ["is full", origin("c", FULL)],
  ])("is passed over where it %s", (_, c) => {
    expect(ranked([A, B, c], { preferred: "c" })).toEqual(["a", "b"]);
  });

  test("is nobody where it names an origin that the pool doesn't have", () => {
    expect(ranked([A, B], { preferred: "gone" })).toEqual(["a", "b"]);
  });
});

describe("an origin on trial", () => {
  const tried = origin("x", { health: "trial" });
  const backup = origin("spare", { isBackup: true });

  test("is last, so that a session reaches it when all others have failed", () => {
    expect(ranked([tried, B, A, backup])).toEqual(["a", "b", "spare", "x"]);
  });

  test("gets the session where there is no other", () => {
    expect(ranked([tried])).toEqual(["x"]);
  });

  test("gets the session where all others are full", () => {
    expect(ranked([tried, origin("a", FULL)])).toEqual(["x"]);
  });

  test("comes first for the session that may try it", () => {
    const loaded = { ...tried, sessions: 50 };
    expect(ranked([A, loaded, B], { mayTry: true })).toEqual(["x", "a", "b"]);
  });

  test("comes first before backups too", () => {
    expect(ranked([backup, tried], { mayTry: true })).toEqual(["x", "spare"]);
  });

  test("isn't up, and so doesn't keep backups idle", () => {
    expect(ranked([backup, tried])).toEqual(["spare", "x"]);
    expect(ranked([backup, { ...tried, ...FULL }])).toEqual(["spare"]);
  });

  test("is tried as a backup when its turn has come, and not before", () => {
    const triedBackup = { ...tried, isBackup: true };
    expect(ranked([triedBackup, A, backup], { mayTry: true })).toEqual(["a", "spare", "x"]);
    expect(ranked([triedBackup, backup], { mayTry: true })).toEqual(["x", "spare"]);
  });

  test("takes nobody from the origin that a cookie names", () => {
    expect(ranked([A, tried, B], { mayTry: true, preferred: "b" })).toEqual(["b", "x", "a"]);
  });

  test("is tried by its own keys, and takes nobody else's", () => {
    const up = [A, B, origin("x")];
    for (let key = 0; key < 50; key++) {
      const asked = { affinityKey: `${key}`, mayTry: true };
      expect(ranked([A, B, tried], asked)).toEqual(ranked(up, asked));
    }
  });

  test("has sessions by key only from those who may try it", () => {
    for (let key = 0; key < 50; key++) {
      const names = ranked([A, B, tried], { affinityKey: `${key}` });
      expect(names.at(-1)).toBe("x");
    }
  });
});

describe("a key", () => {
  test.each(BALANCES)(
    "chooses the same origin whatever the loads and turns, with %s",
    (balance) => {
      const before = ranked([A, B, C], { affinityKey: "somebody" }, { balance });
      const changed = [{ ...A, sessions: 90 }, B, { ...C, sessions: 0 }];
      const asked = { affinityKey: "somebody", turn: 11, randoms: [0.3, 0.8] } as const;
      expect(ranked(changed, asked, { balance })).toEqual(before);
    },
  );

  test("goes on to the next of its own order when its origin is full, and comes back", () => {
    const [best, ...rest] = ranked([A, B, C], { affinityKey: "somebody" });
    const full = [A, B, C].map((each) => (each.name === best ? { ...each, ...FULL } : each));
    expect(ranked(full, { affinityKey: "somebody" })).toEqual(rest);
  });
});

test("ranks by what runtime control has made of the configuration, not by the pool's own list", () => {
  const names = ranked([A], {}, { origins: [origin("configured")] });
  expect(names).toEqual(["a"]);
});
