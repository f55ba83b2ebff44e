import { describe, expect, test } from "vitest";
import { Seal } from "../../src/origin/seal.ts";

const TOKEN = "a-token-of-sixteen-or-more";

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

describe("a record that is sealed", () => {
  test("opens in the process that closed it, and in any other that has the token", () => {
    const one = new Seal(TOKEN);
    const other = new Seal(TOKEN);
    for (const text of ["", "a", "ü".repeat(10_000)]) {
      expect(one.open(one.close(bytes(text)))?.toString()).toBe(text);
      expect(other.open(one.close(bytes(text)))?.toString()).toBe(text);
    }
  });

  test("shows nothing of what is in it, and never the same twice", () => {
    const seal = new Seal(TOKEN);
    const sealed = seal.close(bytes("room 101"));
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(Buffer.from(sealed, "base64url").includes("room")).toBe(false);
    expect(seal.close(bytes("room 101"))).not.toBe(sealed);
  });

  test("does not open with another token", () => {
    const sealed = new Seal(TOKEN).close(bytes("a"));
    expect(new Seal(`${TOKEN}!`).open(sealed)).toBeUndefined();
  });

  test("does not open once any byte of it has been changed", () => {
    const seal = new Seal(TOKEN);
    const sealed = Buffer.from(seal.close(bytes("room")), "base64url");
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect([at, seal.open(changed.toString("base64url"))]).toEqual([at, undefined]);
    }
  });

  test("does not open once it has been cut or continued", () => {
    const seal = new Seal(TOKEN);
    const sealed = Buffer.from(seal.close(bytes("room")), "base64url");
    for (let length = 0; length < sealed.length; length++) {
      expect(seal.open(sealed.subarray(0, length).toString("base64url"))).toBeUndefined();
    }
    const longer = Buffer.concat([sealed, Buffer.of(0)]);
    expect(seal.open(longer.toString("base64url"))).toBeUndefined();
  });

  test.each(["", "record", "{}", "\u{1F600}", "A".repeat(100), "=".repeat(100)])(
    "is none of ours: %j",
    (text) => {
      expect(new Seal(TOKEN).open(text)).toBeUndefined();
    },
  );

  test("opens whoever closed it, however many there have been", () => {
    const one = new Seal(TOKEN);
    const all = Array.from({ length: 200 }, (_, n) => new Seal(TOKEN).close(bytes(String(n))));
    for (const round of [1, 2]) {
      const opened = all.map((sealed) => one.open(sealed)?.toString());
      expect([round, opened]).toEqual([round, all.map((__, n) => String(n))]);
    }
  });
});
