import { expect, test } from "vitest";
import { RoomHistory } from "../../../src/core/origin/room-history.ts";

test("tells the rooms at each position, going back", () => {
  const history = new RoomHistory(["a"]);
  history.join("b", 5);
  history.leave("a", 7);
  history.join("a", 9);
  const at = history.backward();
  expect([10, 9, 8, 7, 6, 5, 4].map((position) => [...at(position)].toSorted().join(""))).toEqual([
    "ab",
    "ab",
    "b",
    "b",
    "ab",
    "ab",
    "a",
  ]);
  expect([...history.rooms].toSorted()).toEqual(["a", "b"]);
});

test("takes no notice of what changes nothing", () => {
  const history = new RoomHistory(["a"]);
  expect(history.join("a", 1)).toBe(false);
  expect(history.leave("b", 1)).toBe(false);
  expect(history.changes).toBe(0);
});

test("names the rooms that it was in as well", () => {
  const history = new RoomHistory(["a"]);
  history.leave("a", 3);
  history.join("b", 4);
  expect([...history.everIn()].toSorted()).toEqual(["a", "b"]);
});

test("forgets changes that nobody asks for, and no others", () => {
  const history = new RoomHistory(["a"]);
  history.leave("a", 3);
  history.join("b", 6);
  history.forget(5);
  expect([...history.everIn()]).toEqual(["b"]);
  expect([...history.backward()(5)]).toEqual([]);
  expect([...history.backward()(6)]).toEqual(["b"]);
});
