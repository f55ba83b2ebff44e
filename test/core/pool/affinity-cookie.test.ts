import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cookieValues,
  preferredOrigin,
  setCookie,
} from "../../../src/core/pool/affinity-cookie.ts";
import type { AffinityCookie } from "../../../src/core/pool/pool.ts";

function cookie(parts: Partial<AffinityCookie> = {}): AffinityCookie {
  return {
    name: "MOORING",
    ttlS: undefined,
    path: "/",
    domain: undefined,
    sameSite: "Lax",
    isSecure: false,
    isHttpOnly: false,
    isPartitioned: false,
    ...parts,
  };
}

describe("a Cookie field", () => {
  test.each([
    ["MOORING=abc", ["abc"]],
    ["a=1; MOORING=abc; b=2", ["abc"]],
    ["a=1;MOORING=abc;b=2", ["abc"]],
    ["a=1 ;  MOORING = abc  ; b=2", ["abc"]],
    [`MOORING="abc"`, ["abc"]],
    [`MOORING="`, [`"`]],
    ["MOORING=a=b==", ["a=b=="]],
    ["MOORING=one; MOORING=two", ["one", "two"]],
    ["MOORING=1; MOORING=2; MOORING=3; MOORING=4; MOORING=5", ["1", "2", "3", "4"]],
    ["MOORING=%41", ["%41"]],
    ["MOORING=", [""]],
    ["MOORING", []],
    ["mooring=abc", []],
    ["xMOORING=abc; MOORINGx=abc", []],
    ["a=MOORING=abc", []],
    [";;; =; ==;MOORING=abc;", ["abc"]],
    ["", []],
  ])("%j has of that name %j", (field, values) => {
    expect(cookieValues(field, "MOORING")).toEqual(values);
  });
});

describe("the origin that a cookie names", () => {
  const known = new Map([["good", "a"]]);
  const named = (field: string) => {
    return preferredOrigin(field, "MOORING", (value) => known.get(value));
  };

  test.each([
    ["MOORING=good", "a"],
    ["MOORING=forged", undefined],
    ["MOORING=forged; MOORING=good", "a"],
    ["OTHER=good", undefined],
    ["MOORING=GOOD", undefined],
  ])("in %j is %j", (field, name) => {
    expect(named(field)).toBe(name);
  });

  test("is found behind whatever rubbish stands before it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(named(`${text};MOORING=good`)).toBe("a");
      }),
    );
  });
});

describe("a Set-Cookie field", () => {
  test.each<[Partial<AffinityCookie>, string]>([
    [{}, "MOORING=v; Path=/; SameSite=Lax"],
    [{ ttlS: 3600 }, "MOORING=v; Path=/; Max-Age=3600; SameSite=Lax"],
    [
      { path: "/chat", domain: "example.com" },
      "MOORING=v; Path=/chat; Domain=example.com; SameSite=Lax",
    ],
    [{ isHttpOnly: true, sameSite: "Strict" }, "MOORING=v; Path=/; SameSite=Strict; HttpOnly"],
    [
      { sameSite: "None", isSecure: true, isHttpOnly: true, isPartitioned: true },
      "MOORING=v; Path=/; SameSite=None; Secure; HttpOnly; Partitioned",
    ],
  ])("for %j is %j", (parts, field) => {
    expect(setCookie(cookie(parts), "v")).toBe(field);
  });

  test("comes back as the value that it carries", () => {
    const value = fc.stringMatching(/^[\w-]{1,64}$/);
    fc.assert(
      fc.property(value, (given) => {
        const [pair = ""] = setCookie(cookie(), given).split(";");
        expect(cookieValues(`other=1; ${pair}`, "MOORING")).toEqual([given]);
      }),
    );
  });
});
