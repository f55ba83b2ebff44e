import { describe, expect, test } from "vitest";
import { poolOf } from "./pool-builders.ts";
import { eject, PoolShell, report } from "./state-builders.ts";

const NAMES = ["a", "b", "c"];

function shell(names: readonly string[] = NAMES): PoolShell {
  return new PoolShell(poolOf(names));
}

function close(pool: PoolShell, name: string): void {
  pool.on({ type: "origin-closing", origin: name });
}

describe("an origin that says it is about to close", () => {
  test("gets no sessions for five seconds, then a trial brings it back", () => {
    const pool = shell();
    close(pool, "a");
    expect(pool.health).toEqual(["ejected", "up", "up"]);
    pool.pass(4999);
    expect(pool.healthOf("a")).toBe("ejected");
    pool.pass(1);
    expect(pool.healthOf("a")).toBe("trial");
    pool.report(report(1, { opened: ["a"] }));
    expect(pool.healthOf("a")).toBe("up");
  });

  test("is believed, though more than half of the pool says so", () => {
    const pool = shell();
    close(pool, "a");
    close(pool, "b");
    expect(pool.health).toEqual(["ejected", "ejected", "up"]);
    pool.pass(1000);
    expect(pool.health).toEqual(["ejected", "ejected", "up"]);
  });

  test("takes the place of who has said so first, where nobody else serves", () => {
    const pool = shell();
    close(pool, "a");
    pool.pass(1000);
    close(pool, "b");
    pool.pass(1000);
    close(pool, "c");
    expect(pool.health).toEqual(["up", "ejected", "ejected"]);
  });

  test.each([
    ["is the only one", ["a"], []],
    ["is the last that has not gone", ["a", "b"], ["b"]],
  ])("stays until it is gone where it %s", (_, names, maint) => {
    const pool = shell(names);
    for (const name of maint) pool.on({ type: "ordered", order: { type: "maint", origin: name } });
    close(pool, "a");
    expect(pool.healthOf("a")).toBe("up");
  });

  test("lets as many others be ejected for faults as without it", () => {
    const pool = shell(["a", "b", "c"]);
    close(pool, "c");
    eject(pool, "a");
    expect(pool.health).toEqual(["ejected", "up", "ejected"]);
  });

  test("means nothing where nobody knows it, or operators have taken it out", () => {
    const pool = shell();
    close(pool, "d");
    pool.on({ type: "ordered", order: { type: "drain", origin: "a" } });
    close(pool, "a");
    expect(pool.health).toEqual(["up", "up", "up"]);
  });

  test("is out for longer when its trial fails", () => {
    const pool = shell();
    close(pool, "a");
    pool.pass(5000);
    pool.report(report(1, { faults: [{ origin: "a", network: "192.0.2.1" }] }));
    pool.pass(9999);
    expect(pool.healthOf("a")).toBe("ejected");
    pool.pass(1);
    expect(pool.healthOf("a")).toBe("trial");
  });
});
