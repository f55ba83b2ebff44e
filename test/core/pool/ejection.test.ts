import { describe, expect, test } from "vitest";
import { nextDeadline } from "../../../src/core/pool/state.ts";
import type { HealthState } from "../../../src/core/pool/snapshot.ts";
import { origin, poolOf } from "./pool-builders.ts";
import { eject, faults, HEALTH, PoolShell, report } from "./state-builders.ts";

const ONE = "192.0.2.1";
const TWO = "192.0.2.2";
const FOUR = ["a", "b", "c", "d"];

/** What a caller of a snapshot is told of an origin. */
function toldOf(shell: PoolShell, name: string): HealthState | undefined {
  const effects = shell.on({ type: "snapshot-asked", place: "AMS", wanted: 0, fresh: [] });
  const answer = effects.find(({ type }) => type === "answer-snapshot");
  if (answer?.type !== "answer-snapshot") throw new Error("Expected a snapshot, got none.");
  return answer.snapshot.origins.find((one) => one.name === name)?.health;
}

function order(shell: PoolShell, type: "ready" | "drain" | "maint" | "remove", name: string): void {
  shell.on({ type: "ordered", order: { type, origin: name } });
}

describe("faults of sessions", () => {
  test.each([
    ["three of two networks", [ONE, ONE, TWO], "ejected"],
    ["two of two networks", [ONE, TWO], "up"],
    ["thousands of one network", Array.from({ length: 5000 }, () => ONE), "up"],
    ["none", [], "up"],
  ] as const)("eject an origin or don't: %s", (_, networks, health) => {
    const shell = new PoolShell(poolOf(FOUR));
    shell.report(faults("a", networks));
    expect(shell.health).toEqual([health, "up", "up", "up"]);
  });

  test("are forgotten after ten seconds", () => {
    const shell = new PoolShell(poolOf(FOUR));
    shell.report(faults("a", [ONE, ONE]));
    shell.pass(10_000);
    shell.report(faults("a", [TWO]));
    expect(shell.healthOf("a")).toBe("up");
  });

  test("are added up over the reports of ten seconds", () => {
    const shell = new PoolShell(poolOf(FOUR));
    shell.report(faults("a", [ONE, ONE]));
    shell.pass(9999);
    shell.report(faults("a", [TWO]));
    expect(shell.healthOf("a")).toBe("ejected");
  });

  test("of one flooding network don't push another's out", () => {
    const shell = new PoolShell(poolOf(FOUR));
    shell.report(faults("a", [TWO, ...Array.from({ length: 100 }, () => ONE)]));
    expect(shell.healthOf("a")).toBe("ejected");
  });

  test("of one network eject together with a check that has failed", () => {
    const shell = new PoolShell(poolOf(FOUR, { health: HEALTH }));
    shell.pass(0);
    shell.check("a", false);
    shell.report(faults("a", [ONE, ONE]));
    expect(shell.healthOf("a")).toBe("up");
    shell.report(faults("a", [ONE]));
    expect(shell.healthOf("a")).toBe("ejected");
  });

  test("of one network eject when the check that fails comes after them", () => {
    const shell = new PoolShell(poolOf(FOUR, { health: HEALTH }));
    shell.pass(0);
    shell.report(faults("a", [ONE, ONE, ONE]));
    shell.check("a", false);
    expect(shell.healthOf("a")).toBe("ejected");
  });

  test("of one network don't eject when the latest check has succeeded", () => {
    const shell = new PoolShell(poolOf(FOUR, { health: HEALTH }));
    shell.pass(0);
    shell.check("a", false);
    shell.pass(HEALTH.intervalMs);
    shell.check("a", true);
    shell.report(faults("a", [ONE, ONE, ONE]));
    expect(shell.healthOf("a")).toBe("up");
  });

  test("at an origin that nobody knows mean nothing", () => {
    const shell = new PoolShell(poolOf(FOUR));
    const before = shell.state;
    eject(shell, "nobody");
    eject(shell, "constructor");
    expect(shell.state.origins).toEqual(before.origins);
  });

  test.each(["drain", "maint"] as const)("mean nothing at an origin in %s", (admin) => {
    const shell = new PoolShell(poolOf(FOUR));
    order(shell, admin, "a");
    eject(shell, "a");
    expect(shell.healthOf("a")).toBe("up");
  });
});

describe("never more than half of the pool is ejected", () => {
  test.each([
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 2],
  ])("of %i origins that all have faults, %i", (count, expected) => {
    const names = ["a", "b", "c", "d", "e"].slice(0, count);
    const shell = new PoolShell(poolOf(names));
    for (const name of names) eject(shell, name);
    expect(shell.health.filter((health) => health === "ejected")).toHaveLength(expected);
  });

  test("origins in maint don't count towards the whole", () => {
    const shell = new PoolShell(poolOf(FOUR));
    order(shell, "maint", "d");
    eject(shell, "a");
    eject(shell, "b");
    expect(shell.health).toEqual(["ejected", "up", "up", "up"]);
  });

  test("when the pool becomes smaller, who would be back first is back", () => {
    const shell = new PoolShell(poolOf(FOUR));
    eject(shell, "b");
    shell.pass(1000);
    eject(shell, "a");
    order(shell, "remove", "d");
    expect(shell.health).toEqual(["ejected", "up", "up"]);
  });

  test("the last that gets sessions is not ejected, though others are there without any", () => {
    const names = ["a", origin("b", { weight: 0 }), "c", "d"];
    const shell = new PoolShell(poolOf(names));
    order(shell, "drain", "c");
    order(shell, "drain", "d");
    eject(shell, "a");
    expect(shell.healthOf("a")).toBe("up");
  });

  test("when all others have gone, who is ejected is tried at once", () => {
    const shell = new PoolShell(poolOf(["a", "b"]));
    eject(shell, "a");
    order(shell, "drain", "b");
    expect(shell.healthOf("a")).toBe("trial");
  });
});

describe("an ejected origin", () => {
  test("is tried after five seconds, and the pool asks for that time", () => {
    const shell = new PoolShell(poolOf(FOUR));
    eject(shell, "a");
    expect(nextDeadline(shell.state)).toBe(shell.now + 5000);
    shell.pass(4999);
    expect(shell.healthOf("a")).toBe("ejected");
    shell.pass(1);
    expect(shell.healthOf("a")).toBe("trial");
  });

  test("is not let in by a handshake from before its trial", () => {
    const shell = new PoolShell(poolOf(FOUR));
    eject(shell, "a");
    shell.report(report(1, { opened: ["a"] }));
    expect(shell.healthOf("a")).toBe("ejected");
  });

  test("is up from the handshake in its trial, and slow start counts from there", () => {
    const shell = new PoolShell(poolOf(FOUR));
    eject(shell, "a");
    shell.pass(5000);
    shell.report(report(1, { opened: ["b", "a"] }));
    expect(shell.healthOf("a")).toBe("up");
    expect(shell.snapshot().origins[0]?.upSince).toBe(shell.now);
  });

  test("is out again at one fault in its trial, though the same report has a handshake", () => {
    const shell = new PoolShell(poolOf(FOUR));
    eject(shell, "a");
    shell.pass(5000);
    shell.report({ ...faults("a", [ONE]), opened: ["a"] });
    expect(shell.healthOf("a")).toBe("ejected");
  });

  test("is out for longer each time, up to five minutes", () => {
    const shell = new PoolShell(poolOf(FOUR));
    eject(shell, "a");
    const spans = [];
    for (let i = 0; i < 9; i++) {
      const until = nextDeadline(shell.state) ?? 0;
      spans.push((until - shell.now) / 1000);
      shell.pass(until - shell.now);
      shell.report(faults("a", [ONE]));
    }
    expect(spans).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test.each([
    ["is out for twice as long when it fails again soon", 49_999, 10_000],
    ["begins again with five seconds after ten times its last back-off", 50_000, 5000],
  ])("%s", (_, quietMs, backoffMs) => {
    const shell = new PoolShell(poolOf(FOUR));
    eject(shell, "a");
    shell.pass(5000);
    shell.report(report(1, { opened: ["a"] }));
    shell.pass(quietMs);
    eject(shell, "a");
    expect(nextDeadline(shell.state)).toBe(shell.now + backoffMs);
  });

  test("is tried at once when the checks bring it up", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { health: { ...HEALTH, fall: 1, rise: 1 } }));
    shell.pass(0);
    eject(shell, "a");
    shell.check("a", false);
    expect(shell.healthOf("a")).toBe("down");
    shell.pass(2000);
    shell.check("a", true);
    expect(shell.healthOf("a")).toBe("trial");
  });

  test.each(["drain", "maint"] as const)("begins anew after %s", (admin) => {
    const shell = new PoolShell(poolOf(FOUR));
    eject(shell, "a");
    order(shell, admin, "a");
    order(shell, "ready", "a");
    expect(shell.healthOf("a")).toBe("up");
    eject(shell, "a");
    expect(nextDeadline(shell.state)).toBe(shell.now + 5000);
  });
});

describe("a trial", () => {
  test("is one caller's at a time, and another's when nothing is heard of it", () => {
    const shell = new PoolShell(poolOf(FOUR));
    eject(shell, "a");
    shell.pass(5000);
    expect([toldOf(shell, "a"), toldOf(shell, "a")]).toEqual(["trial", "ejected"]);
    shell.pass(4999);
    expect(toldOf(shell, "a")).toBe("ejected");
    shell.pass(1);
    expect([toldOf(shell, "a"), toldOf(shell, "a")]).toEqual(["trial", "ejected"]);
  });

  test("that is passed is over for all", () => {
    const shell = new PoolShell(poolOf(FOUR));
    eject(shell, "a");
    shell.pass(5000);
    toldOf(shell, "a");
    shell.report(report(1, { opened: ["a"] }));
    expect([toldOf(shell, "a"), toldOf(shell, "a")]).toEqual(["up", "up"]);
  });
});
