import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/core/pool/state.ts";
import { begin, nextDeadline } from "../../../src/core/pool/state.ts";
import { origin, poolOf } from "./pool-builders.ts";
import { object, PoolShell, report } from "./state-builders.ts";

/** a takes three sessions, b any number. */
const POOL = poolOf([origin("a", { maxConnections: 3 }), origin("b")]);

/** A pool that has begun anew, while it asks objects what they have. */
function recalling(): PoolShell {
  const shell = new PoolShell(POOL);
  shell.state = begin(POOL, undefined, shell.now, true);
  return shell;
}

function ask(shell: PoolShell, id: string, ...candidates: readonly string[]): readonly Effect[] {
  return shell.on({ type: "place-asked", id, candidates });
}

describe("an object is written down", () => {
  test("when it has its first session, and no more when its last has gone", () => {
    const shell = new PoolShell(POOL);
    expect(shell.report(report(1))).toEqual([]);
    expect(shell.report(report(1, { sessions: { a: 1 } }))).toEqual([
      { type: "remember-object", object: object(1) },
    ]);
    expect(shell.report(report(1, { sessions: { a: 2 } }))).toEqual([]);
    expect(shell.report(report(1))).toEqual([{ type: "forget-objects", objects: [object(1)] }]);
  });

  test("until it has been silent for a minute", () => {
    const shell = new PoolShell(POOL);
    for (const number of [1, 2]) shell.report(report(number, { sessions: { a: 1 } }));
    shell.pass(30_000);
    shell.report(report(2, { sessions: { a: 1 } }));
    expect(shell.pass(30_000)).toEqual([{ type: "forget-objects", objects: [object(1)] }]);
  });

  test("unless it turns out to have no sessions when the pool asks it", () => {
    const shell = recalling();
    shell.report(report(1, { sessions: { a: 1 } }));
    expect(shell.on({ type: "recalled", objects: [object(1), object(2)] })).toEqual([
      { type: "forget-objects", objects: [object(2)] },
    ]);
  });
});

describe("a pool that has begun anew", () => {
  test("gives the places that are left when the objects have said what they have", () => {
    const shell = recalling();
    for (const id of ["1", "2"]) expect(ask(shell, id, "a")).toEqual([]);
    shell.report(report(1, { sessions: { a: 2 }, room: 98 }));
    expect(shell.on({ type: "recalled", objects: [object(1)] })).toEqual([
      { type: "grant", id: "1", origin: "a" },
    ]);
    // Its queue is of no length, but nobody knew whether there was a place.
    expect(shell.pass(800)).toEqual([{ type: "refuse", id: "2" }]);
  });

  test("waits for them for 0.8 s, and goes on with what it has heard", () => {
    const shell = recalling();
    for (const id of ["1", "2"]) ask(shell, id, "a");
    shell.report(report(1, { sessions: { a: 2 }, room: 98 }));
    expect(nextDeadline(shell.state)).toBe(shell.now + 800);
    expect(shell.pass(799)).toEqual([]);
    expect(shell.pass(1)).toEqual([
      { type: "grant", id: "1", origin: "a" },
      { type: "refuse", id: "2" },
    ]);
  });

  test("has nobody wait who wants an origin without a maximum", () => {
    const shell = recalling();
    expect(ask(shell, "1", "a", "b")).toEqual([{ type: "grant", id: "1", origin: "b" }]);
  });

  test("asks nobody, and waits for nobody, where nobody is written down", () => {
    const shell = new PoolShell(POOL);
    expect(ask(shell, "1", "a")).toEqual([{ type: "grant", id: "1", origin: "a" }]);
  });
});
