import { describe, expect, test } from "vitest";
import { Causes } from "../../src/core/session/cause.ts";
import { readBody } from "../../src/edge/session/read-body.ts";

const LIMIT = 10;
const encoder = new TextEncoder();

interface Body {
  readonly request: Request;
  /** How many chunks have been taken of it. */
  taken(): number;
  isCancelled(): boolean;
}

/**
 * A POST whose body comes chunk by chunk, as it is asked for. `length` is its Content-Length: the platform's HTTP
 * parser lets none pass that is not the body's.
 */
function bodyOf(chunks: readonly (string | Uint8Array)[], length?: number): Body {
  let taken = 0;
  let isCancelled = false;
  const body = new ReadableStream(
    {
      type: "bytes",
      pull(controller) {
        const chunk = chunks[taken];
        if (chunk === undefined) {
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        taken += 1;
        controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
      },
      cancel() {
        isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const headers: [string, string][] =
    length === undefined ? [] : [["content-length", String(length)]];
  const request = new Request("http://edge.example/", { method: "POST", body, headers });
  return { request, taken: () => taken, isCancelled: () => isCancelled };
}

describe("reads a body", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["of one packet", ["4a"], ["4a"]],
    ["of several", ["4a\x1e4b\x1e4c"], ["4a", "4b", "4c"]],
    ["in chunks", ["4", "a\x1e", "4b"], ["4a", "4b"]],
    ["as long as the limit", ["4123456789"], ["4123456789"]],
    ["as long as the limit, in chunks", ["41234", "56789"], ["4123456789"]],
    ["of an empty packet of a known type", ["4"], ["4"]],
  ])("%s", async (_, chunks, packets) => {
    expect(await readBody(bodyOf(chunks).request, LIMIT, () => {})).toEqual({ packets });
    const { length } = chunks.join("");
    expect(await readBody(bodyOf(chunks, length).request, LIMIT, () => {})).toEqual({ packets });
  });

  test("of bytes", async () => {
    const bytes = new Uint8Array([1, 2, 3]).buffer;
    expect(await readBody(bodyOf(["bAQID"]).request, LIMIT, () => {})).toEqual({
      packets: [bytes],
    });
  });

  test("whose characters are cut between chunks", async () => {
    const [first = 0, second = 0] = encoder.encode("ü");
    const chunks = ["4", new Uint8Array([first]), new Uint8Array([second])];
    expect(await readBody(bodyOf(chunks).request, LIMIT, () => {})).toEqual({ packets: ["4ü"] });
  });
});

describe("refuses a body", () => {
  test("that says it is too long, without reading any of it", async () => {
    const body = bodyOf(["4123456789x"], LIMIT + 1);
    expect(await readBody(body.request, LIMIT, () => {})).toEqual({
      cause: Causes.payloadTooLarge,
    });
    expect(body.taken()).toBe(0);
  });

  test("that turns out too long, without waiting for the rest", async () => {
    const body = bodyOf(["4123", "45678", "9x", "never", "read"]);
    expect(await readBody(body.request, LIMIT, () => {})).toEqual({
      cause: Causes.payloadTooLarge,
    });
    expect(body.taken()).toBeLessThan(5);
    expect(body.isCancelled()).toBe(true);
  });

  test("that counts more bytes than characters", async () => {
    const body = bodyOf([`4${"ü".repeat(5)}`]);
    expect(await readBody(body.request, LIMIT, () => {})).toEqual({
      cause: Causes.payloadTooLarge,
    });
  });

  test.each<[string, readonly (string | Uint8Array)[]]>([
    ["that is empty", []],
    ["of a type that nobody knows", ["9"]],
    ["with an empty packet", ["4a\x1e"]],
    ["whose bytes are not UTF-8", [new Uint8Array([0x34, 0xff])]],
    ["whose last character is cut", [new Uint8Array([0x34, 0xc3])]],
    ["whose base64 is none", ["bA"]],
  ])("%s", async (_, chunks) => {
    expect(await readBody(bodyOf(chunks).request, LIMIT, () => {})).toEqual({
      cause: Causes.parseError,
    });
  });

  test("that breaks off", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
    const request = new Request("http://edge.example/", { method: "POST", body });
    expect(await readBody(request, LIMIT, () => {})).toEqual({ cause: Causes.postBroken });
  });

  test("of protocol 3's binary kind", async () => {
    const headers = { "content-type": "application/octet-stream" };
    const request = new Request("http://edge.example/", { method: "POST", body: "4a", headers });
    expect(await readBody(request, LIMIT, () => {})).toEqual({ cause: Causes.invalidContent });
  });
});

test("no body at all is none of a packet", async () => {
  const request = new Request("http://edge.example/", { method: "POST" });
  expect(await readBody(request, LIMIT, () => {})).toEqual({ cause: Causes.parseError });
});

describe("tells what it keeps meanwhile", () => {
  test("of a body in chunks, and that it keeps nothing after its end", async () => {
    const changes: number[] = [];
    const { request } = bodyOf(["41", "234"]);
    await readBody(request, LIMIT, (change) => changes.push(change));
    expect(changes).toEqual([2, 3, -5]);
  });

  test("of one that is too large", async () => {
    let kept = 0;
    const { request } = bodyOf(["41234", "5678901"]);
    await readBody(request, LIMIT, (change) => (kept += change));
    expect(kept).toBe(0);
  });
});

test("a body that comes byte by byte is read whole", async () => {
  const chunks = Array.from({ length: 9000 }, (_, i) => new Uint8Array([0x30 + (i % 7)]));
  const { request } = bodyOf(chunks);
  const text = chunks.map(([byte = 0]) => String.fromCharCode(byte)).join("");
  expect(await readBody(request, 9000, () => {})).toEqual({ packets: [text] });
});
