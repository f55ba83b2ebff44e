import { describe, expect, test } from "vitest";
import { Publishers } from "../../../src/core/origin/publishers.ts";
import { directStream } from "../../../src/wire/hub/vector.ts";
import { uidNamed } from "./sim-names.ts";

const [OWN, A, B] = [uidNamed("own"), uidNamed("a"), uidNamed("b")];
const KEEP_MS = 100_000;

const publishers = (): Publishers => new Publishers(OWN, KEEP_MS);

describe("the vector", () => {
  test("has this origin from the beginning, and everybody whose beginning is known", () => {
    const all = publishers();
    all.beginsAfter(A, 0, 0);
    all.took(B, 1, 0);
    all.published(3);
    expect(all.vector(0)).toEqual(
      new Map([
        [OWN, 3],
        [A, 0],
        [B, 1],
      ]),
    );
  });

  test("leaves out who has been gone and silent for four spans, and only him", () => {
    const all = publishers();
    all.took(A, 5, 0);
    all.took(B, 7, 0);
    all.linked(A, 0, 0);
    expect([...all.vector(4 * KEEP_MS).keys()]).toEqual([OWN, A, B]);
    expect([...all.vector(4 * KEEP_MS + 1).keys()]).toEqual([OWN, A]);
    all.left(A, 0, 4 * KEEP_MS);
    expect([...all.vector(8 * KEEP_MS).keys()]).toEqual([OWN, A]);
    expect([...all.vector(8 * KEEP_MS + 1).keys()]).toEqual([OWN]);
  });

  test("counts one as linked until he has left all shards", () => {
    const all = publishers();
    all.took(A, 1, 0);
    all.linked(A, 0, 0);
    all.linkedAre([A], 1, 0);
    all.left(A, 0, 0);
    expect(all.isListed(A, 1e9)).toBe(true);
    all.linkedAre([], 1, 0);
    expect(all.isListed(A, 1e9)).toBe(false);
  });

  test("remembers who was gone for long as far as he came", () => {
    const all = publishers();
    all.took(A, 5, 0);
    all.forget(5 * KEEP_MS);
    expect([all.knows(A), all.lastOf(A)]).toEqual([true, 5]);
    all.took(A, 6, 6 * KEEP_MS);
    expect(all.vector(6 * KEEP_MS).get(A)).toBe(6);
  });

  test("forgets the gone after a day", () => {
    const all = publishers();
    all.took(A, 5, 0);
    all.forget(5 * KEEP_MS);
    all.forget(25 * 3600 * 1000);
    expect(all.knows(A)).toBe(false);
  });
});

describe("the past reaches", () => {
  test("whoever has seen what it has forgotten", () => {
    const all = publishers();
    all.took(A, 5, 0);
    all.forgot(A, 3);
    expect(all.reaches(new Map([[A, 3]]), 0)).toBe(true);
    expect(all.reaches(new Map([[A, 2]]), 0)).toBe(false);
  });

  test("nobody who has seen a publisher that it has never heard of", () => {
    expect(publishers().reaches(new Map([[A, 0]]), 0)).toBe(false);
  });

  test("nobody who has seen none of what it has forgotten lately", () => {
    const all = publishers();
    all.took(A, 5, 0);
    expect(all.reaches(new Map(), 0)).toBe(true);
    all.forgot(A, 1);
    expect(all.reaches(new Map(), 2 * KEEP_MS)).toBe(false);
    expect(all.reaches(new Map(), 2 * KEEP_MS + 1)).toBe(true);
  });

  test("back in its own events", () => {
    const all = publishers();
    all.published(4);
    all.forgot(OWN, 2);
    expect(all.reaches(new Map([[OWN, 2]]), 0)).toBe(true);
    expect(all.reaches(new Map(), 0)).toBe(false);
  });

  test("whatever a client was emitted alone, which is judged elsewhere", () => {
    expect(publishers().reaches(new Map([[directStream(A), 9]]), 0)).toBe(true);
  });

  test("who leaves out somebody that was gone, and speaks again", () => {
    const all = publishers();
    all.took(A, 5, 0);
    all.forgot(A, 5);
    all.took(A, 6, 5 * KEEP_MS);
    expect(all.reaches(new Map(), 5 * KEEP_MS)).toBe(true);
    all.forgot(A, 6);
    expect(all.reaches(new Map(), 5 * KEEP_MS)).toBe(false);
  });
});
