import { encode } from "@msgpack/msgpack";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeData, encodeData } from "../../../src/wire/hub/data.ts";

const BYTES = Uint8Array.of(1, 2, 3);

class Hidden {
  readonly secret = "hidden";
  toJSON(): unknown {
    return { shown: true };
  }
}

describe("values without binary ones", () => {
  test.each([
    ["an event", ["message", { text: "hé" }, 1, null, true]],
    ["what JSON has no text for", [undefined, Number.NaN, () => 1, { left: undefined, kept: 1 }]],
    ["an object with a toJSON", [new Hidden(), new Date(0)]],
    ["a key that sets prototypes", [JSON.parse('{"__proto__":{"a":1}}')]],
    ["numbers, texts and truths in objects", [new Object(1), new Object("a"), new Object(true)]],
    ["a Map", [new Map([[1, 2]])]],
  ])("are what JSON makes of them: %s", (_, values) => {
    expect(encodeData(values)).toBe(JSON.stringify(values));
  });

  test("come back, undefined too", () => {
    expect(decodeData(encodeData(["a", { b: [1] }]))).toEqual(["a", { b: [1] }]);
    expect(encodeData(undefined)).toBe("");
    expect(decodeData("")).toBe(undefined);
  });

  test("may be as deep as JSON's", () => {
    const values = nested(2000, "end");
    expect(decodeData(encodeData(values))).toEqual(values);
  });
});

describe("values with binary ones", () => {
  test.each([
    ["a Buffer", Buffer.from(BYTES)],
    ["a Uint8Array", BYTES],
    ["a part of a larger buffer", Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4)],
    ["an ArrayBuffer", BYTES.buffer],
    ["a DataView", new DataView(BYTES.buffer)],
  ])("have their bytes: %s", (_, binary) => {
    const data = encodeData(["picture", { binary }]);
    expect(data).toBeInstanceOf(Uint8Array);
    expect(decodeData(data)).toEqual(["picture", { binary: BYTES }]);
  });

  test("of two bytes a number are sent as these bytes", () => {
    expect(decodeData(encodeData([Uint16Array.of(0x0201)]))).toEqual([Uint8Array.of(1, 2)]);
  });

  test("come out as Buffers of one, as parts of it", () => {
    const data = Buffer.from(encodeData([BYTES]));
    const [binary] = asList(decodeData(data));
    expect(Buffer.isBuffer(binary) && binary.buffer === data.buffer).toBe(true);
  });

  test("are beside what JSON makes of the others", () => {
    const others = [
      undefined,
      null,
      Number.NaN,
      Infinity,
      1.5,
      -7,
      2 ** 53,
      "hé",
      () => 1,
      Symbol("a"),
      new Date(0),
      new Hidden(),
      new Map([[1, 2]]),
      { left: undefined, kept: [undefined], call: () => 1 },
    ];
    expect(decodeData(encodeData([...others, BYTES]))).toEqual([
      ...asList(JSON.parse(JSON.stringify(others))),
      BYTES,
    ]);
  });

  test("may be what a toJSON gives, and are not what one hides", () => {
    const shows = { hidden: 1, toJSON: () => ({ bytes: BYTES }) };
    const hides = { bytes: BYTES, toJSON: () => "hidden" };
    expect(decodeData(encodeData([shows, hides]))).toEqual([{ bytes: BYTES }, "hidden"]);
    expect(encodeData([hides])).toBe('["hidden"]');
  });

  test("give each toJSON the key that JSON gives it, and call none again for what it has given", () => {
    const keys: unknown[] = [];
    const value: object = {
      toJSON(key: unknown) {
        keys.push(key);
        return { toJSON: () => "again", bytes: BYTES };
      },
    };
    expect(decodeData(encodeData({ name: [value] }))).toEqual({ name: [{ bytes: BYTES }] });
    expect(keys.at(-1)).toBe("0");
  });

  test("lose no value but one under a key that sets prototypes", () => {
    const parsed: unknown = JSON.parse('{"__proto__":{"a":1},"b":2}');
    expect(decodeData(encodeData([parsed, BYTES]))).toEqual([{ b: 2 }, BYTES]);
  });

  test("may be two thousand deep, as Socket.IO's", () => {
    const values = nested(2000, BYTES);
    expect(decodeData(encodeData(values))).toEqual(values);
  });

  test("keep no larger buffer than they need", () => {
    const data = encodeData([BYTES]);
    expect(typeof data === "string" ? 0 : data.buffer.byteLength).toBe(data.length);
  });
});

describe("values that JSON throws for", () => {
  const circle: { self?: unknown; bytes?: Uint8Array } = {};
  circle.self = [{ circle }];
  const early: { bytes: Uint8Array; self?: unknown } = { bytes: BYTES };
  early.self = early;

  test.each([
    ["a circle", circle],
    ["a circle behind bytes", early],
    ["a BigInt", [1n]],
    ["a BigInt beside bytes", [BYTES, 1n]],
  ])("throw a TypeError: %s", (_, value) => {
    expect(() => JSON.stringify(value)).toThrow(TypeError);
    expect(() => encodeData(value)).toThrow(TypeError);
  });

  test("throw what a toJSON throws", () => {
    const value = {
      toJSON() {
        throw new RangeError("no");
      },
    };
    expect(() => encodeData([value])).toThrow(new RangeError("no"));
    expect(() => encodeData([BYTES, value])).toThrow(new RangeError("no"));
  });
});

test("one value in two places is no circle", () => {
  const shared = nested(100, { a: 1 });
  expect(decodeData(encodeData([shared, shared, BYTES]))).toEqual([shared, shared, BYTES]);
});

test.each([
  ["half a text", '["a'],
  ["no bytes", new Uint8Array(0)],
  ["half an array", encode(["a", "b"]).subarray(0, 3)],
  ["something behind", Uint8Array.of(1, 2)],
  ["a byte that MessagePack has no use for", Uint8Array.of(0xc1)],
])("data that are none throw: %s", (_, data) => {
  expect(() => decodeData(data)).toThrow(Error);
});

test("whatever JSON has comes back as from JSON, with bytes beside it or without", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), fc.uint8Array(), (value, bytes) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(decodeData(encodeData(value))).toEqual(plain);
      expect(decodeData(encodeData([plain, bytes]))).toEqual([withoutProto(plain), bytes]);
    }),
  );
});

/** A value in that many lists. */
function nested(depth: number, value: unknown): unknown {
  return depth === 0 ? value : [nested(depth - 1, value)];
}

function asList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("Expected a list.");
  return value;
}

function withoutProto(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).filter(([key]) => key !== "__proto__"));
  });
}
