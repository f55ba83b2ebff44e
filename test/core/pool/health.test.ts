import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/core/pool/state.ts";
import { begin, nextDeadline } from "../../../src/core/pool/state.ts";
import { poolOf } from "./pool-builders.ts";
import { faults, HEALTH, PoolShell, report } from "./state-builders.ts";

const CHECKED = poolOf(["a", "b", "c"], { health: HEALTH });

/** A pool of one whose checks have had these results, one an interval. */
function after(...results: readonly boolean[]): PoolShell {
  const shell = new PoolShell(poolOf(["a"], { health: HEALTH }));
  for (const isOk of results) {
    shell.pass(HEALTH.intervalMs);
    shell.check("a", isOk);
  }
  return shell;
}

function checksIn(shell: PoolShell, ms: number): readonly string[] {
  return checksOf(shell.pass(ms));
}

function checksOf(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((one) => (one.type === "check" ? [one.origin.name] : []));
}

describe("a pool without a health check", () => {
  test("has its origins up, checks none and wants nothing of the clock", () => {
    const shell = new PoolShell(poolOf(["a", "b"]));
    expect(shell.health).toEqual(["up", "up"]);
    expect(shell.pass(100_000)).toEqual([]);
    expect(nextDeadline(shell.state)).toBe(undefined);
  });

  test("takes no result", () => {
    const shell = new PoolShell(poolOf(["a"]));
    for (let i = 0; i < 5; i++) shell.check("a", false);
    expect(shell.health).toEqual(["up"]);
  });
});

describe("active checks", () => {
  test("begin apart from each other, so that few answers are waited for at a time", () => {
    const shell = new PoolShell(CHECKED);
    expect(checksIn(shell, 0)).toEqual(["a"]);
    expect(checksIn(shell, 665)).toEqual([]);
    expect(checksIn(shell, 1)).toEqual(["b"]);
    expect(checksIn(shell, 667)).toEqual(["c"]);
  });

  test("come an interval after the last began, however long that took", () => {
    const shell = new PoolShell(poolOf(["a"], { health: HEALTH }));
    shell.pass(0);
    shell.on({ type: "checked", origin: "a", check: shell.checkOf("a") ?? -1, isOk: true }, 400);
    expect(checksIn(shell, 1599)).toEqual([]);
    expect(checksIn(shell, 1)).toEqual(["a"]);
  });

  test("of many origins that hang wait for each other, six at a time, and count against nobody else", () => {
    const names = Array.from({ length: 40 }, (_, n) => `o${n}`);
    const shell = new PoolShell(poolOf(names, { health: HEALTH }));
    const underWay: { name: string; endsAt: number }[] = [];
    let most = 0;
    // All but the last hang until the check's time is over.
    const started = (effects: readonly Effect[]) => {
      for (const name of checksOf(effects)) {
        underWay.push({ name, endsAt: shell.now + (name === "o39" ? 50 : HEALTH.timeoutMs) });
      }
      most = Math.max(most, underWay.length);
    };
    for (let ms = 0; ms < 120_000; ms += 50) {
      started(shell.pass(50));
      for (const one of underWay.filter(({ endsAt }) => endsAt <= shell.now)) {
        underWay.splice(underWay.indexOf(one), 1);
        started(shell.check(one.name, one.name === "o39"));
      }
      expect(shell.healthOf("o39")).toBe("up");
    }
    expect(most).toBe(6);
    expect(shell.health.filter((health) => health === "down")).toHaveLength(39);
  });

  test("say where to ask", () => {
    const shell = new PoolShell(poolOf(["a"], { health: HEALTH }));
    expect(shell.pass(0)).toEqual([
      { type: "check", origin: { name: "a", url: "http://a" }, check: 1 },
    ]);
  });

  test("are a deadline of the pool's", () => {
    const state = begin(CHECKED, undefined, 5000);
    expect(nextDeadline(state)).toBe(5000);
  });

  test.each([
    ["nothing has failed", [true, true], "up"],
    ["two have failed", [false, false], "up"],
    ["three have failed in a row", [false, false, false], "down"],
    ["three have failed, but not in a row", [false, false, true, false], "up"],
    ["one has succeeded since", [false, false, false, true], "down"],
    ["two have succeeded since", [false, false, false, true, true], "up"],
    ["two have, but not in a row", [false, false, false, true, false, true], "down"],
    ["it is up again and fails once", [false, false, false, true, true, false], "up"],
  ] as const)("leave an origin, when %s: %j, %s", (_, results, health) => {
    expect(after(...results).health).toEqual([health]);
  });

  test("say since when it is up, for slow start", () => {
    const shell = after(false, false, false, true, true);
    expect(shell.snapshot().origins[0]?.upSince).toBe(shell.now);
  });

  test("of origins that have been there since the beginning slow nobody", () => {
    expect(new PoolShell(CHECKED).snapshot().origins.map(({ upSince }) => upSince)).toEqual([
      0, 0, 0,
    ]);
  });
});

describe("a result", () => {
  test("of an earlier check is ignored, before and after the awaited one", () => {
    const shell = new PoolShell(poolOf(["a"], { health: { ...HEALTH, fall: 2 } }));
    shell.pass(0);
    const late = shell.checkOf("a") ?? -1;
    shell.pass(HEALTH.intervalMs);
    shell.on({ type: "checked", origin: "a", check: late, isOk: false });
    expect(shell.health).toEqual(["up"]);
    shell.check("a", true);
    shell.on({ type: "checked", origin: "a", check: late, isOk: false });
    shell.on({ type: "checked", origin: "a", check: late, isOk: false });
    expect(shell.health).toEqual(["up"]);
  });

  test("that is told twice counts once", () => {
    const shell = after(false, false);
    shell.check("a", false);
    expect(shell.health).toEqual(["up"]);
  });

  test("that never comes is a failure, once the shell's own time-out is long over", () => {
    const shell = new PoolShell(poolOf(["a"], { health: HEALTH }));
    for (let i = 0; i < 4; i++) shell.pass(HEALTH.intervalMs);
    expect(shell.health).toEqual(["down"]);
  });

  test("that comes in the moment in which it is given up still counts", () => {
    const shell = new PoolShell(poolOf(["a"], { health: { ...HEALTH, fall: 1 } }));
    shell.pass(0);
    const check = shell.checkOf("a") ?? -1;
    shell.on({ type: "checked", origin: "a", check, isOk: true }, HEALTH.intervalMs);
    expect(shell.health).toEqual(["up"]);
  });

  test("that comes after the interval, but within the time-out, counts", () => {
    const slow = { ...HEALTH, intervalMs: 500, timeoutMs: 3000 };
    const shell = new PoolShell(poolOf(["a"], { health: slow }));
    for (let i = 0; i < 3; i++) {
      shell.pass(0);
      expect(checksIn(shell, 2900)).toEqual([]);
      shell.check("a", false);
    }
    expect(shell.health).toEqual(["down"]);
  });

  test("of an origin that was removed is ignored, though it is back under its name", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { health: { ...HEALTH, fall: 1 } }));
    shell.pass(0);
    const late = shell.checkOf("a") ?? -1;
    const [a] = shell.state.pool.origins;
    shell.on({ type: "ordered", order: { type: "remove", origin: "a" } });
    shell.on({ type: "checked", origin: "a", check: late, isOk: false });
    if (a) shell.on({ type: "ordered", order: { type: "add", origin: a } });
    shell.on({ type: "checked", origin: "a", check: late, isOk: false });
    expect(shell.healthOf("a")).toBe("up");
  });
});

describe("an origin in maint", () => {
  test("is not checked, and what was being checked is not heard", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { health: { ...HEALTH, fall: 1 } }));
    shell.pass(0);
    shell.on({ type: "ordered", order: { type: "maint", origin: "a" } });
    shell.check("a", false);
    expect(checksIn(shell, 10_000)).toEqual(["b"]);
    expect(shell.healthOf("a")).toBe("up");
  });

  test("is checked at once when it comes back, and is up until the checks say otherwise", () => {
    const shell = after(false, false, false);
    shell.on({ type: "ordered", order: { type: "maint", origin: "a" } });
    shell.pass(5000);
    const effects = shell.on({ type: "ordered", order: { type: "ready", origin: "a" } });
    expect(shell.health).toEqual(["up"]);
    expect(shell.snapshot().origins[0]?.upSince).toBe(shell.now);
    expect(effects.map(({ type }) => type)).toEqual(["persist", "accept-order", "check"]);
  });

  test("is not checked either when its check was due in the moment of the order", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { health: HEALTH }));
    const effects = shell.on({ type: "ordered", order: { type: "maint", origin: "a" } });
    expect(effects.map(({ type }) => type)).toEqual(["persist", "accept-order"]);
  });
});

test("an origin that drains is checked on", () => {
  const shell = after(false, false);
  shell.on({ type: "ordered", order: { type: "drain", origin: "a" } });
  shell.pass(HEALTH.intervalMs);
  shell.check("a", false);
  expect(shell.health).toEqual(["down"]);
});

test("faults and reports have no part in what the checks say", () => {
  const shell = after(false, false, false);
  shell.report(faults("a", ["192.0.2.1", "192.0.2.2"]));
  shell.report(report(1, { opened: ["a"] }));
  expect(shell.health).toEqual(["down"]);
});
