import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BYTE_FORMS,
  FormReader,
  JSON_FORMS,
  MAX_DEPTH,
  plainValue,
} from "../../../src/wire/hub/json-form.ts";

const BYTES = new Uint8Array([1, 2, 3]);

function written(value: unknown): unknown {
  return JSON.parse(JSON.stringify(plainValue(value, JSON_FORMS)));
}

function read(value: unknown, parts?: ReadonlyMap<string, Uint8Array>) {
  const reader = new FormReader(parts);
  return { value: reader.read(value, "args[0]"), faults: reader.faults };
}

function nested(depth: number, inner: unknown): unknown {
  return depth === 0 ? inner : [nested(depth - 1, inner)];
}

describe("a value and its form in JSON, both ways", () => {
  test.each([
    ["bytes", BYTES, { $binary: "AQID" }],
    ["no bytes", new Uint8Array(), { $binary: "" }],
    ["bytes inside", { a: [BYTES] }, { a: [{ $binary: "AQID" }] }],
    ["one's own $binary", { $binary: "AQID" }, { $plain: { $binary: "AQID" } }],
    ["one's own $part", { $part: 1 }, { $plain: { $part: 1 } }],
    ["one's own $plain", { $plain: { a: 1 } }, { $plain: { $plain: { a: 1 } } }],
    ["bytes in one's own", { $plain: BYTES }, { $plain: { $plain: { $binary: "AQID" } } }],
    [
      "one's own in one's own",
      { $plain: { $plain: 1 } },
      { $plain: { $plain: { $plain: { $plain: 1 } } } },
    ],
    ["such a key beside another", { $binary: "x", b: 1 }, { $binary: "x", b: 1 }],
    ["such a text", "$binary", "$binary"],
    ["an empty object", {}, {}],
    ["nothing", null, null],
  ])("%s", (_, value, form) => {
    expect(written(value)).toEqual(form);
    expect(read(form)).toEqual({ value, faults: [] });
  });

  test("whatever JSON and bytes can be made into", () => {
    const key = fc.constantFrom("$binary", "$part", "$plain", "a", "b");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.integer(),
        fc.constant(null),
        fc.uint8Array({ maxLength: 8 }),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(read(written(value))).toEqual({ value, faults: [] });
      }),
    );
  });
});

describe("a value is written as Socket.IO's own parser would", () => {
  test.each([
    ["a Buffer, which JSON has another form of", Buffer.from(BYTES), { $binary: "AQID" }],
    ["an ArrayBuffer", BYTES.slice().buffer, { $binary: "AQID" }],
    ["a view of some bytes", new DataView(BYTES.slice().buffer, 1, 1), { $binary: "Ag==" }],
    ["a Date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["a toJSON that gives bytes", { toJSON: () => BYTES }, { $binary: "AQID" }],
    ["a Map", new Map([[1, 2]]), {}],
    ["undefined members", { a: undefined, b: [undefined] }, { b: [null] }],
    [
      "a member that is left when others drop out",
      { $part: 1, b: undefined },
      { $plain: { $part: 1 } },
    ],
    ["functions", { a: () => 1, b: [() => 1] }, { b: [null] }],
  ])("%s", (_, value, form) => {
    expect(written(value)).toEqual(form);
  });

  test("bytes stay bytes where no JSON is made", () => {
    const value = { a: new Uint8Array([7]).buffer, $binary: undefined, c: { $binary: "x" } };
    expect(plainValue(value, BYTE_FORMS)).toEqual({ a: new Uint8Array([7]), c: { $binary: "x" } });
  });

  test.each([
    ["a BigInt", [1n], "no BigInt"],
    ["a circle", circle(), "at most 64 deep"],
    ["a __proto__", [JSON.parse('{"__proto__":1}')], 'no key "__proto__"'],
  ])("but not %s", (_, value, message) => {
    expect(() => plainValue(value, JSON_FORMS)).toThrow(message);
  });

  test("as deep as can be read, and no deeper", () => {
    const deepest = nested(MAX_DEPTH, { $plain: BYTES });
    expect(read(written(deepest))).toEqual({ value: deepest, faults: [] });
    expect(() => plainValue(nested(MAX_DEPTH + 1, {}), JSON_FORMS)).toThrow(RangeError);
    expect(read(nested(MAX_DEPTH + 1, {})).faults).toEqual([
      expect.stringMatching(
        /^args\[0\](\[0\])+: expected values nested at most 64 deep, got more\.$/,
      ),
    ]);
  });
});

describe("parts of a form", () => {
  const parts = new Map([
    ["picture", BYTES],
    ["other", new Uint8Array([9])],
  ]);

  test("stand where they are named, as often as they are, and those that aren't are known", () => {
    const reader = new FormReader(parts);
    const named = [{ $part: "picture" }, { $part: "picture" }];
    expect(reader.read(named, "args")).toEqual([BYTES, BYTES]);
    expect([...reader.unused]).toEqual(["other"]);
    expect(reader.namedBytes).toBe(2 * BYTES.byteLength);
  });
});

const OWN = '; an object of one\'s own with that key alone is written {"$plain":{...}}.';

test.each([
  ["no base64", { $binary: "AQI" }, `$binary: expected padded base64${OWN}`],
  ["base64 for URLs", { $binary: "-_-_" }, `$binary: expected padded base64${OWN}`],
  ["a number", { $binary: 1 }, `$binary: expected padded base64${OWN}`],
  ["an unknown part", { $part: "x" }, `$part: expected a file of the form${OWN}`],
  ["no part's name", { $part: {} }, `$part: expected a file of the form${OWN}`],
  ["plain text", { $plain: "x" }, `$plain: expected an object${OWN}`],
  ["a plain list", { $plain: [] }, `$plain: expected an object${OWN}`],
  ["a prototype", JSON.parse('{"$plain":{"__proto__":1}}'), '$plain: expected no key "__proto__".'],
])("refuses %s, with its place", (_, value, fault) => {
  expect(read({ a: [value] }).faults).toEqual([`args[0].a[0].${fault}`]);
});

test("says all that is wrong, and shows no more of a key than is needed", () => {
  const value = { ["k".repeat(50)]: { $binary: 1 }, b: { $part: "x" } };
  expect(read(value).faults).toEqual([
    `args[0].${"k".repeat(40)}....$binary: expected padded base64${OWN}`,
    `args[0].b.$part: expected a file of the form${OWN}`,
  ]);
});

function circle(): unknown {
  const list: unknown[] = [];
  list.push(list);
  return list;
}
