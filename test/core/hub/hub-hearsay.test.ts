import { describe, expect, test } from "vitest";
import type { Order } from "./hub-stage.ts";
import { uid } from "./hub-builders.ts";
import { A, B, C, Stage } from "./hub-stage.ts";

const D = uid("d");

/** Where others' events begin, as one who links is told. */
function basesIn(orders: readonly Order[]): Record<string, number> {
  for (const [, message] of orders) {
    if (typeof message === "object" && "type" in message && message.type === "welcome") {
      return Object.fromEntries(message.bases);
    }
  }
  throw new Error("Expected a welcome, got none.");
}

describe("a publisher that was gone before the hub began", () => {
  test("is told to a new process, which else took no session that has seen its events", () => {
    const stage = new Stage();
    stage.hello(A, { isFresh: false, taken: new Map([[B, 5]]) });
    expect(basesIn(stage.hello(C))).toMatchObject({ [B]: 5 });
  });

  test("begins behind all that anybody has of it", () => {
    const stage = new Stage();
    stage.hello(A, { isFresh: false, taken: new Map([[B, 5]]) });
    stage.hello(D, { isFresh: false, taken: new Map([[B, 7]]) });
    expect(basesIn(stage.hello(C))).toMatchObject({ [B]: 7 });
  });

  test("is no hole for whoever has less of it, since it may come back and have the rest", () => {
    const stage = new Stage();
    stage.hello(A, { isFresh: false, taken: new Map([[B, 7]]) });
    expect(
      basesIn(stage.hello(C, { isFresh: false, taken: new Map([[B, 5]]) })),
    ).not.toHaveProperty(B);
  });

  test("counts as it says itself when it is back", () => {
    const stage = new Stage();
    stage.hello(A, { isFresh: false, taken: new Map([[B, 7]]) });
    stage.hello(B, { isFresh: false, kept: 5 });
    expect(basesIn(stage.hello(C))).toMatchObject({ [B]: 5 });
  });

  test("is forgotten after ten graces", () => {
    const stage = new Stage({ graceMs: 1000 });
    stage.hello(A, { isFresh: false, taken: new Map([[B, 5]]) });
    stage.hub.timePassed(10_500);
    expect(basesIn(stage.hello(C, {}, 10_600))).not.toHaveProperty(B);
  });
});
