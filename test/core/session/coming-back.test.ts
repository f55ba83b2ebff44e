import { expect, test } from "vitest";
import { forwarded, MooredSession } from "./moored-session.ts";

test.each([
  ["has got no event", '40{"pid":"p"}', '40{"pid":"p","offset":""}'],
  ["has, and auth", '40{"token":"t","pid":"p"}', '40{"token":"t","pid":"p","offset":""}'],
  ["has got events", '40{"pid":"p","offset":"o"}', '40{"pid":"p","offset":"o"}'],
  ["is new", "40", "40"],
  ["is new, with auth", '40{"token":"t"}', '40{"token":"t"}'],
  ["sends what is no object", "40[1]", "40[1]"],
])("the CONNECT of a client that %s", (_, sent, got) => {
  expect(forwarded(new MooredSession().up(sent))).toEqual([got]);
});

test("whoever has left a namespace comes to it anew", () => {
  const moored = new MooredSession().recoverable();
  moored.up("41");
  moored.now += 1000;
  moored.handle({ type: "time-passed" });
  expect(forwarded(moored.up('40{"token":"t","pid":"p"}'))).toEqual(['40{"token":"t"}']);
});
