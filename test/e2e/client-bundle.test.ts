import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { frontDoor } from "../support/front-door.ts";
import { request, type Answer } from "../support/raw-http.ts";

const DIST = join(dirname(createRequire(import.meta.url).resolve("socket.io")), "../client-dist");

const FILES = [
  "socket.io.js",
  "socket.io.min.js",
  "socket.io.esm.min.js",
  "socket.io.msgpack.min.js",
  "socket.io.js.map",
  "socket.io.min.js.map",
  "socket.io.esm.min.js.map",
  "socket.io.msgpack.min.js.map",
];

const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync };

const door = frontDoor();

function get(name: string, headers: Record<string, string> = {}): Promise<Answer> {
  return request(`${door.url}/socket.io/${name}`, { headers });
}

test.each(FILES)("serves %s as the origin does", async (name) => {
  door.serve();
  const { status, headers, body } = await get(name);
  expect(status).toBe(200);
  expect(headers["content-type"]).toBe(
    `application/${name.endsWith(".map") ? "json" : "javascript"}; charset=utf-8`,
  );
  expect(headers["cache-control"]).toBe("public, max-age=0");
  expect(headers).not.toHaveProperty("content-encoding");
  expect(body.equals(await readFile(join(DIST, name)))).toBe(true);
});

test.each(["gzip", "br", "deflate"] as const)(
  "compresses it with %s for who asks",
  async (coding) => {
    door.serve();
    const { status, headers, body } = await get("socket.io.js", { "Accept-Encoding": coding });
    expect(status).toBe(200);
    expect(headers["content-encoding"]).toBe(coding);
    const file = await readFile(join(DIST, "socket.io.js"));
    expect(body.length).toBeLessThan(file.length / 2);
    expect(DECODERS[coding](body).equals(file)).toBe(true);
  },
);

test("names its version and answers 304 to who has it, strong or weak", async () => {
  door.serve();
  const { headers } = await get("socket.io.min.js");
  const etag = headers.etag ?? "";
  expect(etag).toMatch(/^"\d+\.\d+\.\d+"$/);
  for (const known of [etag, `W/${etag}`]) {
    const { status, body } = await get("socket.io.min.js", { "If-None-Match": known });
    expect(status).toBe(304);
    expect(body).toHaveLength(0);
  }
  expect(await get("socket.io.min.js", { "If-None-Match": '"0.0.1"' })).toMatchObject({
    status: 200,
  });
});

test("serves it with the query that a page may add", async () => {
  door.serve();
  expect(await get("socket.io.js?v=1")).toMatchObject({ status: 200 });
});

test("grants it to pages of the origins that the server's cors option names", async () => {
  door.serve({ cors: { origin: "https://app.example" } });
  const { headers } = await get("socket.io.js", { Origin: "https://app.example" });
  expect(headers["access-control-allow-origin"]).toBe("https://app.example");
});

test("has none where the server serves none", async () => {
  door.serve({ serveClient: false });
  const { status, body } = await get("socket.io.js");
  expect(status).toBe(400);
  expect(body.toString()).toBe('{"code":0,"message":"Transport unknown"}');
});
