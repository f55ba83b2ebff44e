import { describe, expect, test } from "vitest";
import { DialReader } from "../../src/origin/dial-reader.ts";

const TOKEN = "0123456789abcdef";

/** As the edge makes it: the same text as test/edge/dial-headers.test.ts has. */
const HEADER =
  "AAAAAAAAAAAAAAAA;1700000000000;3;default;one%20%C3%BC.fdZQ6Yk8aTJWYy8346IzvPDzPA-HTD6Od0asf6VVX00";

const reader = new DialReader(TOKEN);

describe("a dial of our edge", () => {
  test("says which it is, of which session, and what the edge calls this origin", () => {
    expect(reader.read(HEADER)).toEqual({
      id: "AAAAAAAAAAAAAAAA",
      birth: 1_700_000_000_000,
      moorings: 3,
      pool: "default",
      name: "one ü",
    });
  });

  test("is none with another token", () => {
    expect(new DialReader(`${TOKEN}0`).read(HEADER)).toBeUndefined();
  });

  test("is none once any character of it has been changed", () => {
    for (let at = 0; at < HEADER.length - 1; at++) {
      const other = HEADER.charAt(at) === "1" ? "2" : "1";
      const changed = HEADER.slice(0, at) + other + HEADER.slice(at + 1);
      expect([at, reader.read(changed)]).toEqual([at, undefined]);
    }
  });

  test.each(["", ".", "A", HEADER.slice(0, -1), `${HEADER}A`, HEADER.replace(/\..*/, ".")])(
    "is none in form: %s",
    (text) => {
      expect(reader.read(text)).toBeUndefined();
    },
  );
});
