import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dialledQuery } from "../../../src/core/entry/forward.ts";
import { lastValues, nameOf, queryOf } from "../../../src/core/entry/query.ts";

/** A query as Engine.IO's server reads it. */
function readByServer(query: string): Record<string, string> {
  return Object.fromEntries(new URL(`/socket.io/?${query}`, "https://socket.io").searchParams);
}

const NAMES = [
  ..."sid s%69d %73%69%64 SID +sid sid+ sid%00 si%64% si%C9%84 %EF%BB%BFsid".split(" "),
  ..."transport %74ransport transport%20 b64 b%36%34 EIO token t % %E0%A4%A __proto__".split(" "),
  "",
];
const VALUES = [
  ..."polling websocket webs%6fcket 4 %34 1 a+b a%20b a=b a%26sid%3Db a;sid=b".split(" "),
  ..."= % %zz %FF %E2%82%AC € ?".split(" "),
  "",
];
const namePart = fc.constantFrom(...NAMES);
const valuePart = fc.constantFrom(...VALUES);
const pair = fc.oneof(
  fc.tuple(namePart, valuePart).map(([name, value]) => `${name}=${value}`),
  namePart,
);
const anyQuery = fc.array(pair, { maxLength: 8 }).map((pairs) => pairs.join("&"));

describe("a query for the origin's WebSocket", () => {
  test.each([
    ["EIO=4&transport=polling", "EIO=4&transport=websocket"],
    ["EIO=4&transport=websocket", "EIO=4&transport=websocket"],
    ["", "transport=websocket"],
    ["transport=polling&EIO=4&t=Pz0x", "EIO=4&t=Pz0x&transport=websocket"],
    [
      "EIO=4&transport=polling&token=a%20b+c&x=%C3%A9",
      "EIO=4&token=a%20b+c&x=%C3%A9&transport=websocket",
    ],
    ["EIO=4&transport=polling&tag=1&tag=2", "EIO=4&tag=1&tag=2&transport=websocket"],
    ["transport=polling&transport=websocket&transport=tcp", "transport=websocket"],
    ["EIO=4&sid=&transport=polling", "EIO=4&transport=websocket"],
    ["EIO=4&sid=guess&sid=again", "EIO=4&transport=websocket"],
    ["EIO=4&b64=1", "EIO=4&transport=websocket"],
    ["EIO=4&s%69d=guess&%74ransport=polling&b%36%34=1", "EIO=4&transport=websocket"],
    ["EIO=4&sid", "EIO=4&transport=websocket"],
    ["&&EIO=4&&", "EIO=4&transport=websocket"],
    ["=1&EIO=4", "=1&EIO=4&transport=websocket"],
    ["side=1&asid=2&b644=3&SID=4", "side=1&asid=2&b644=3&SID=4&transport=websocket"],
    ["sid+=1&+sid=2&si%20d=3", "sid+=1&+sid=2&si%20d=3&transport=websocket"],
    ["%=1&%zz=2&sid%=3&%E0%A4=4", "%=1&%zz=2&sid%=3&%E0%A4=4&transport=websocket"],
    ["a=%26sid%3Dguess&b=x%23y", "a=%26sid%3Dguess&b=x%23y&transport=websocket"],
    ["a=?&b=/../", "a=?&b=/../&transport=websocket"],
    ["a=b=c&sid=b=c", "a=b=c&transport=websocket"],
  ])("%j becomes %j", (query, dialled) => {
    expect(dialledQuery(query)).toBe(dialled);
  });

  test("tells the server all that the client said, but for its own transport", () => {
    fc.assert(
      fc.property(anyQuery, (query) => {
        const said = readByServer(query);
        for (const name of ["transport", "sid", "b64"]) delete said[name];
        expect(readByServer(dialledQuery(query))).toEqual({ ...said, transport: "websocket" });
      }),
      { numRuns: 500 },
    );
  });
});

describe("the last values of a query", () => {
  test("are those that Engine.IO's server reads, where they are well-formed", () => {
    fc.assert(
      fc.property(anyQuery, (query) => {
        const values = lastValues(query);
        const read = readByServer(query);
        for (const name of ["transport", "EIO", "sid", "token"]) {
          const value = read[name];
          // Broken text stays broken: it is neither a transport, nor a revision, nor a sid of ours.
          const isBroken = value !== undefined && /[%\ufffd]/.test(value);
          expect(isBroken ? /[%\ufffd]/.test(values.get(name) ?? "") : values.get(name)).toBe(
            isBroken ? true : value,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  test("tell a value that is empty from one that is not there", () => {
    const values = lastValues("a=&b&c=1");
    expect(["a", "b", "c", "d"].map((name) => values.get(name))).toEqual(["", "", "1", undefined]);
  });

  test("are not those of the prototype", () => {
    expect(lastValues("").get("constructor")).toBeUndefined();
    expect(lastValues("__proto__=1").get("__proto__")).toBe("1");
  });
});

describe("the query of a URL", () => {
  test.each([
    ["https://a.example/socket.io/", ""],
    ["https://a.example/socket.io/?", ""],
    ["https://a.example/socket.io/?EIO=4&t=a", "EIO=4&t=a"],
    ["https://a.example/socket.io/?a=b?c", "a=b?c"],
    ["https://a.example/socket.io/?a=b#c?d", "a=b"],
    ["https://a.example/socket.io/?a=%23b", "a=%23b"],
    ["/socket.io/?a=b", "a=b"],
  ])("%s has %j", (url, query) => {
    expect(queryOf(url)).toBe(query);
    expect(`?${query}`).toBe(new URL(url, "https://a.example").search || "?");
  });
});

test.each([
  ["sid=1", "sid"],
  ["s%69d=1", "sid"],
  ["sid", "sid"],
  ["", ""],
  ["=1", ""],
  ["a+b=1", "a b"],
  ["a%=1", "a%"],
  ["a=b=c", "a"],
])("the name of %j is %j", (of, name) => {
  expect(nameOf(of)).toBe(name);
});
