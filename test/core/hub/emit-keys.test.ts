import { describe, expect, test } from "vitest";
import type { Publication } from "../../../src/core/hub/emit-keys.ts";
import { digest } from "../../../src/core/hub/digest.ts";
import { EmitKeys, KEY_AGE_MS, MAX_KEYS } from "../../../src/core/hub/emit-keys.ts";

function publication(key?: string, content = "content"): Publication {
  const body = new TextEncoder().encode(content);
  return key === undefined ? { body } : { body, key };
}

function fresh(...publications: Publication[]) {
  return { type: "fresh", publications };
}

test.each([
  ["", "a"],
  ["a", "b"],
  ["ab", "ba"],
  ["content 1", "content 2"],
  ["\0", "\0\0"],
])("a body differs from another by its digest: %j, %j", (one, other) => {
  const [a, b] = [one, other].map((text) => digest(new TextEncoder().encode(text)));
  expect(a).not.toBe(b);
});

test("digests of many bodies are all different", () => {
  const bodies = Array.from({ length: 50_000 }, (_, i) => new TextEncoder().encode(`${i}`));
  expect(new Set(bodies.map(digest)).size).toBe(bodies.length);
});

describe("keys", () => {
  test("let what has none pass as often as it comes", () => {
    const keys = new EmitKeys();
    const list = [publication(), publication()];
    expect(keys.admit(list, 0)).toEqual(fresh(...list));
    expect(keys.admit(list, 0)).toEqual(fresh(...list));
    expect(keys.size).toBe(0);
  });

  test("let what comes again pass once, within a list as well", () => {
    const keys = new EmitKeys();
    const [a, b] = [publication("a"), publication("b")];
    expect(keys.admit([a, publication("a"), b], 0)).toEqual(fresh(a, b));
    expect(keys.admit([b, publication("c"), a], 1)).toEqual(fresh(publication("c")));
  });

  test.each([
    ["an earlier one", [publication("x"), publication("a", "other")], 1],
    ["one of the same list", [publication("x"), publication("y"), publication("x", "other")], 2],
  ])("refuse a list whose key was used for another body: %s", (_, list, index) => {
    const keys = new EmitKeys();
    keys.admit([publication("a")], 0);
    expect(keys.admit(list, 1)).toEqual({ type: "key-reused", index });
    // Nothing of it is remembered, since nothing of it is published.
    expect(keys.admit([publication("x", "new")], 2)).toEqual(fresh(publication("x", "new")));
  });

  test("are forgotten when they are ten minutes old, however often they came", () => {
    const keys = new EmitKeys();
    keys.admit([publication("a")], 0);
    expect(keys.admit([publication("a")], KEY_AGE_MS - 1)).toEqual(fresh());
    expect(keys.admit([publication("a", "other")], KEY_AGE_MS)).toEqual(
      fresh(publication("a", "other")),
    );
  });

  test("are kept to a number, the oldest forgotten first", () => {
    const keys = new EmitKeys();
    const list = Array.from({ length: MAX_KEYS + 1 }, (_, i) => publication(`${i}`));
    keys.admit(list, 0);
    expect(keys.size).toBe(MAX_KEYS);
    expect(keys.admit([publication("1")], 0)).toEqual(fresh());
    expect(keys.admit([publication("0")], 0)).toEqual(fresh(publication("0")));
  });
});
