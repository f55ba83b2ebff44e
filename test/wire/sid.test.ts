import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBase64Url } from "../../src/wire/base64.ts";
import {
  formatSid,
  KEY_BYTES,
  keyOf,
  objectId,
  ownerOf,
  parseSid,
  sessionKey,
} from "../../src/wire/sid.ts";
import { anyOf } from "./bytes.ts";

const OWNER = objectId("00112233445566778899aabbccddeeff".repeat(2));
const KEY = sessionKey(Uint8Array.from({ length: KEY_BYTES }, (_, n) => n));
const SID = "ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3iJmqu8zd7v8AAECAwQFBgcICQoL";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LAST_OF_OWNER = 42;

const anyOwner = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((id) => objectId(Buffer.from(id).toString("hex")));
const anyKey = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES }).map(sessionKey);

/** What a text says as a sid: whose it is, and which; nothing where it has not the form of one. */
function read(text: string): { owner: string | undefined; key: string } | undefined {
  const sid = parseSid(text);
  return sid && { owner: ownerOf(sid), key: keyOf(sid) };
}

/** `SID` with one character replaced. */
function sidWith(place: number, character: string): string {
  return SID.slice(0, place) + character + SID.slice(place + 1);
}

describe("a sid", () => {
  test("is the object's bytes and the key, both as base64url", () => {
    expect(formatSid(OWNER, KEY)).toBe(SID);
    expect(SID).toHaveLength(59);
  });

  test("names its owner and its session", () => {
    expect(read(SID)).toEqual({ owner: OWNER, key: KEY });
  });

  test("of any object and key is 59 characters that URLs carry unescaped, and is read back", () => {
    fc.assert(
      fc.property(anyOwner, anyKey, (owner, key) => {
        const sid = formatSid(owner, key);
        expect(sid).toMatch(/^[\w-]{59}$/);
        expect(encodeURIComponent(sid)).toBe(sid);
        expect(read(sid)).toEqual({ owner, key });
      }),
    );
  });

  test("tells any two objects apart, and any two keys", () => {
    fc.assert(
      fc.property(anyOwner, anyKey, anyOwner, anyKey, (owner, key, otherOwner, otherKey) => {
        const isSame = owner === otherOwner && key === otherKey;
        expect(formatSid(owner, key) === formatSid(otherOwner, otherKey)).toBe(isSame);
      }),
    );
  });

  test.each([
    ["nothing", ""],
    ["a stock server's sid", "lv_VI97HAXpY6yYWAAAC"],
    ["one character too few", SID.slice(1)],
    ["one character too many", `${SID}A`],
    ["the owner alone", SID.slice(0, 43)],
    ["the key alone", SID.slice(43)],
    ["padding in place of the last character", sidWith(58, "=")],
    ["base64's plus", sidWith(3, "+")],
    ["base64's slash", sidWith(3, "/")],
    ["a space", sidWith(3, " ")],
    ["a percent escape", SID.replace("ABE", "%41")],
    ["a line break at the end", `${SID.slice(0, 58)}\n`],
    ["a line break behind it", `${SID}\n`],
    ["a NUL", sidWith(10, "\0")],
    ["a letter above ASCII", sidWith(10, "é")],
    ["a letter above ASCII that looks like one below", sidWith(0, "А")],
    ["a letter that lower-cases to k", sidWith(0, "\u212a")],
    ["a path", "../".repeat(20).slice(0, 59)],
    ["a megabyte", "A".repeat(1_000_000)],
  ])("is none of ours: %s", (_, text) => {
    expect(parseSid(text)).toBeUndefined();
  });

  test("has one name for each object: the two spare bits of its last character are zero", () => {
    const names = Array.from(ALPHABET).filter(
      (character) => read(sidWith(LAST_OF_OWNER, character))?.owner !== undefined,
    );
    expect(names.join("")).toBe("AEIMQUYcgkosw048");
    const owners = names.map((character) => read(sidWith(LAST_OF_OWNER, character))?.owner);
    expect(new Set(owners).size).toBe(names.length);
  });

  test("that names an object is the very text that its parts make", () => {
    const text = fc.string({ unit: anyOf(ALPHABET), minLength: 59, maxLength: 59 });
    fc.assert(
      fc.property(text, (sid) => {
        const parsed = parseSid(sid);
        const owner = parsed && ownerOf(parsed);
        expect(parsed && owner ? formatSid(owner, keyOf(parsed)) : sid).toBe(sid);
        expect(owner !== undefined).toBe("AEIMQUYcgkosw048".includes(sid.charAt(LAST_OF_OWNER)));
      }),
    );
  });
});

describe("a key", () => {
  test("is 16 base64url characters of twelve random bytes", () => {
    const random = Uint8Array.from({ length: 12 }, () => 255);
    expect(sessionKey(random)).toBe("_".repeat(16));
    expect(sessionKey(random)).toBe(toBase64Url(random));
  });

  test.each([0, 11, 13])("is not made of %i bytes", (length) => {
    expect(() => sessionKey(new Uint8Array(length))).toThrow(
      `A session key is made of 12 random bytes, got ${length}.`,
    );
  });
});

describe("an object's id", () => {
  test.each([
    ["nothing", ""],
    ["a digit too few", OWNER.slice(1)],
    ["a digit too many", `${OWNER}0`],
    ["capital digits", OWNER.toUpperCase()],
    ["another letter", `g${OWNER.slice(1)}`],
    ["a line break behind it", `${OWNER}\n`],
    ["a prefix", `0x${OWNER.slice(2)}`],
  ])("is none: %s", (_, hex) => {
    expect(() => objectId(hex)).toThrow("A Durable Object id is 64 hexadecimal digits");
  });

  test("that is wrong is not repeated in the error, since it may be somebody's", () => {
    expect(() => objectId("secret")).not.toThrow("secret");
  });
});
