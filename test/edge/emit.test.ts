import { describe, expect, test, vi } from "vitest";
import type { EmitAnswer, Publication } from "../../src/core/hub/emit-keys.ts";
import type { PublishAt } from "../../src/edge/contracts.ts";
import { answerEmit } from "../../src/edge/entry/emit.ts";
import { decodeContent } from "../../src/wire/hub/content-codec.ts";
import { decodeData } from "../../src/wire/hub/data.ts";
import { MAX_EMIT_BYTES } from "../../src/wire/hub/emission.ts";

const BYTES = new Uint8Array([1, 2, 3]);

interface Asked {
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly shards?: number;
  readonly answer?: EmitAnswer;
}

async function ask({ body, headers = {}, shards = 1, answer }: Asked) {
  const publishAt = vi.fn<PublishAt>(() => answer ?? { type: "accepted", repeated: 0 });
  const init = { method: "POST", headers, ...(body === undefined ? {} : { body }) };
  const request = new Request("http://edge.example/mooring/emit", init);
  const response = await answerEmit(request, shards, publishAt);
  const [shard, publications] = publishAt.mock.calls[0] ?? [];
  return {
    status: response.status,
    headers: response.headers,
    said: await response.json(),
    shard,
    published: publications?.map(publishedOf),
  };
}

/** The content that the hub gets, its data decoded. */
function publishedOf({ body, key }: Publication) {
  const content = decodeContent(body);
  const values = content && "data" in content ? decodeData(content.data) : undefined;
  return { ...content, data: values, key };
}

function mib(size: number): Blob {
  return new Blob([new Uint8Array(size * 1024 * 1024)]);
}

function form(json: string, files: Readonly<Record<string, Blob | string>>): FormData {
  const data = new FormData();
  data.append("emit", json);
  for (const [name, file] of Object.entries(files)) data.append(name, file);
  return data;
}

describe("what is asked is published", () => {
  const EVENT = {
    type: "event",
    nsp: "/chat",
    to: { rooms: ["a"], except: [] },
    flags: {},
    isKept: true,
    key: undefined,
  };

  test("an event", async () => {
    const body = '{"nsp":"/chat","rooms":["a"],"event":"hello","args":[1,{"b":[null]}]}';
    expect(await ask({ body })).toMatchObject({
      status: 202,
      said: { shard: 0, accepted: 1 },
      shard: 0,
      published: [{ ...EVENT, data: ["hello", 1, { b: [null] }] }],
    });
  });

  test("a list, in its order, with keys", async () => {
    const list = [{ event: "1", key: "k" }, { op: "disconnectSockets" }, { event: "2" }];
    const { said, published } = await ask({ body: JSON.stringify(list) });
    expect(said).toEqual({ shard: 0, accepted: 3 });
    expect(published).toMatchObject([
      { data: ["1"], key: "k" },
      { type: "disconnect", close: false },
      { data: ["2"], key: undefined },
    ]);
  });

  test("binary values in base64, and objects of one's own that look like them", async () => {
    const args = [{ a: { $binary: "AQID" } }, { $plain: { $binary: "AQID" } }];
    const { published } = await ask({ body: JSON.stringify({ event: "e", args }) });
    expect(published?.[0]?.data).toEqual(["e", { a: BYTES }, { $binary: "AQID" }]);
  });

  test("binary values as files of a form", async () => {
    const json = '{"event":"e","args":[{"$part":"one"},{"a":{"$part":"two"}}]}';
    const body = form(json, { one: new Blob([BYTES]), two: new Blob([new Uint8Array([0xff])]) });
    const { status, published } = await ask({ body });
    expect([status, published?.[0]?.data]).toEqual([
      202,
      ["e", BYTES, { a: new Uint8Array([0xff]) }],
    ]);
  });

  test("a file of a form wherever it is named", async () => {
    const event = { event: "e", args: [{ $part: "a" }, [{ $part: "a" }]] };
    const body = form(JSON.stringify([event, event]), { a: new Blob([BYTES]) });
    const data = ["e", BYTES, [BYTES]];
    expect((await ask({ body })).published).toMatchObject([{ data }, { data }]);
  });

  test("JSON as a file of a form", async () => {
    const body = new FormData();
    body.append("emit", new Blob(['{"event":"e"}'], { type: "application/json" }), "emit.json");
    expect(await ask({ body })).toMatchObject({ status: 202, published: [{ data: ["e"] }] });
  });

  test("at one shard for each name of an emitter, at all of them for many names", async () => {
    const shards = new Set<string>();
    for (let i = 0; i < 50; i += 1) {
      const asked = { body: '{"event":"e"}', shards: 4, headers: { "mooring-emitter": `n.${i}` } };
      const [{ shard, said }, again] = [await ask(asked), await ask(asked)];
      expect([again.shard, said]).toEqual([shard, { shard, accepted: 1 }]);
      shards.add(`${shard}`);
    }
    expect(shards).toEqual(new Set(["0", "1", "2", "3"]));
    expect((await ask({ body: '{"event":"e"}', shards: 4 })).shard).toBe(0);
  });
});

describe("a key", () => {
  test.each([
    ["order-1", "order-1"],
    ['"order-1"', "order-1"],
    ['"', '"'],
  ])("may come as a header field: %s", async (field, key) => {
    const headers = { "idempotency-key": field };
    for (const own of [{}, { key }]) {
      const body = JSON.stringify({ event: "e", ...own });
      expect((await ask({ body, headers })).published).toMatchObject([{ key }]);
    }
  });

  test("that comes again is answered as it was, but for a header field", async () => {
    const body = '[{"event":"e","key":"k"},{"event":"f"}]';
    const answer = await ask({ body, answer: { type: "accepted", repeated: 1 } });
    expect([answer.status, answer.said, answer.headers.get("mooring-repeated")]).toEqual([
      202,
      { shard: 0, accepted: 2 },
      "1",
    ]);
    expect((await ask({ body })).headers.get("mooring-repeated")).toBeNull();
  });

  test("that was used for something else is refused, and named", async () => {
    const body = '[{"event":"e","key":"k"},{"event":"f","key":"l"}]';
    const { status, said } = await ask({ body, answer: { type: "key-reused", index: 1 } });
    const message =
      'The key "l" was used for something else within the last ten minutes; nothing is published.';
    expect([status, said]).toEqual([422, { code: "KEY_REUSED", message }]);
  });
});

const FORM = { "content-type": "multipart/form-data; boundary=x" };

describe("refused, and nothing published:", () => {
  test.each([
    ["no body", undefined, {}, "expected JSON, got something else"],
    ["no JSON", "event=hello", {}, "expected JSON, got something else"],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), {}, "expected UTF-8, got something else"],
    ["a form that is none", "hello", FORM, "expected multipart/form-data, got something else"],
    ["a form without its boundary", "--x", { "content-type": "multipart/form-data" }, "multipart"],
    ["a form that ends early", '--x\r\ncontent-disposition: form-data; name="emit"', FORM, "form"],
    ["a form without JSON", form("", {}), {}, "expected JSON, got something else"],
    ["a text part", form("{}", { a: "text" }), {}, 'expected a filename of part "a"'],
  ])("%s", async (_, body, headers, message) => {
    const answer = await ask({ headers, ...(body === undefined ? {} : { body }) });
    expect(answer).toMatchObject({
      status: 400,
      said: { code: "BAD_BODY" },
      published: undefined,
    });
    expect(JSON.stringify(answer.said)).toContain(JSON.stringify(message).slice(1, -1));
  });

  test("a form with several parts of a name", async () => {
    const twice = form('{"event":"e"}', { a: new Blob([BYTES]) });
    twice.append("a", new Blob([BYTES]));
    expect((await ask({ body: twice })).said).toEqual({
      code: "BAD_BODY",
      message: 'body: expected one part "a", got several.',
    });
    const emits = form('{"event":"e"}', {});
    emits.append("emit", '{"event":"f"}');
    expect((await ask({ body: emits })).said).toEqual({
      code: "BAD_BODY",
      message: 'body: expected one part "emit" with the JSON, got 2.',
    });
  });

  test.each([
    ['{"event":"disconnect"}', {}, "event: expected a text"],
    ['[{"event":"e"},{"event":"e","rooms":"a"}]', {}, '[1].rooms: expected a list, got "a".'],
    ['{"event":"e","args":[{"$binary":"-"}]}', {}, "args[0].$binary: expected padded base64"],
    ['{"event":"e","args":[{"$part":"a"}]}', {}, "args[0].$part: expected a file of the form"],
    ['{"event":"e","args":[{"__proto__":{}}]}', {}, 'args[0]: expected no key "__proto__".'],
    [`{"event":"e","args":[${"[".repeat(5000)}${"]".repeat(5000)}]}`, {}, "nested at most 64 deep"],
    ['{"event":"e"}', { "mooring-emitter": "a b" }, "mooring-emitter: expected 1 to 64 letters"],
    ['{"event":"e"}', { "idempotency-key": "a b" }, "idempotency-key: expected 1 to 256 ASCII"],
    [
      '{"event":"e","key":"k"}',
      { "idempotency-key": "l" },
      "expected the same as the body's `key`",
    ],
    ['[{"event":"e"},{"event":"f"}]', { "idempotency-key": "l" }, "expected none beside a list"],
  ])("%s %j", async (body, headers, message) => {
    const answer = await ask({ body, headers });
    expect(answer).toMatchObject({
      status: 400,
      said: { code: "BAD_VALUE" },
      published: undefined,
    });
    expect(JSON.stringify(answer.said)).toContain(JSON.stringify(message).slice(1, -1));
  });

  test("a file that no value names", async () => {
    const body = form('{"event":"e"}', { picture: new Blob([BYTES]) });
    expect((await ask({ body })).said).toEqual({
      code: "BAD_VALUE",
      message: 'body: expected {"$part":"picture"} somewhere, got a file with no use.',
    });
  });

  test.each([
    ["at once", () => "x".repeat(MAX_EMIT_BYTES + 1)],
    ["without an end", endless],
    ["as a form", () => form('{"event":"e"}', { a: new Blob(["x".repeat(MAX_EMIT_BYTES)]) })],
  ])("a body that is too large, %s", async (_, body) => {
    expect(await ask({ body: body() })).toMatchObject({
      status: 413,
      said: { code: "BAD_BODY", message: "body: expected at most 8388608 bytes." },
      published: undefined,
    });
  });

  const picture = '{"event":"e","args":[{"$part":"a"}]}';
  const names = '{"$part":"a"},'.repeat(999);

  test.each<[string, () => BodyInit]>([
    ["a part that several events name", () => form(`[${picture},${picture}]`, { a: mib(5) })],
    [
      "a part that one event names",
      () => form(`{"event":"e","args":[${names}1]}`, { a: mib(0.1) }),
    ],
    ["numbers", () => `{"event":"e","args":[${"1e20,".repeat(500_000)}1]}`],
  ])("a body that would be published as more than it may have, by %s", async (_, body) => {
    const { status, said, published } = await ask({ body: body() });
    expect({ status, said, count: published?.length }).toEqual({
      status: 413,
      said: {
        code: "BAD_BODY",
        message: "body: expected events of at most 8388608 bytes in all, got more.",
      },
      count: undefined,
    });
  });

  test("a body of nothing but faults, in few words", async () => {
    const body = `{"event":"e","args":[${'{"$binary":1},'.repeat(100_000)}1]}`;
    const { said } = await ask({ body });
    expect(JSON.stringify(said).length).toBeLessThan(3000);
  });
});

test("while the hub's object can't be reached, that is said, and logged", async () => {
  const said = vi.spyOn(console, "log");
  const request = new Request("http://edge.example/mooring/emit", {
    method: "POST",
    body: '{"event":"e"}',
  });
  const response = await answerEmit(request, 1, () => Promise.reject(new Error("broken")));
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await response.json()).toMatchObject({ code: "HUB_UNREACHABLE" });
  expect(said.mock.calls.flat().join("")).toContain("hub-unreachable");
  said.mockRestore();
});

function endless(): ReadableStream {
  return new ReadableStream({
    type: "bytes",
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
  });
}
