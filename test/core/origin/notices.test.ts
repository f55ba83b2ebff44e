import { expect, test } from "vitest";
import { comparePlaces, Notices } from "../../../src/core/origin/notices.ts";

const place = (birth: number, moorings: number) => ({ birth, moorings });

test.each([
  [place(1, 9), place(2, 0), -1],
  [place(2, 0), place(1, 9), 1],
  [place(2, 3), place(2, 4), -1],
  [place(2, 3), place(2, 3), 0],
])("compares %o with %o", (one, other, sign) => {
  expect(Math.sign(comparePlaces(one, other))).toBe(sign);
});

test("holds a session to be past at the place of its last notice and below", () => {
  const notices = new Notices();
  notices.add("s", place(2, 3), 10);
  notices.add("s", place(2, 1), 11);
  expect([place(2, 2), place(2, 3), place(2, 4)].map((at) => notices.isPast("s", at))).toEqual([
    true,
    true,
    false,
  ]);
  expect([place(2, 2), place(2, 3)].map((at) => notices.isOutdone("s", at))).toEqual([true, false]);
  expect(notices.isPast("other", place(1, 1))).toBe(false);
});

test("forgets a notice with its entry, but not for an older one's", () => {
  const notices = new Notices();
  notices.add("s", place(1, 0), 10);
  notices.add("s", place(1, 1), 12);
  notices.forget("s", 10);
  expect(notices.isPast("s", place(1, 1))).toBe(true);
  notices.forget("s", 12);
  expect(notices.isPast("s", place(1, 0))).toBe(false);
});
