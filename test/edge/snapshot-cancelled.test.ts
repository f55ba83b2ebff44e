import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { engine, fakeOrigins } from "./fake-origins.ts";
import { newPool } from "./live-pool.ts";

/** The hosts of ORIGINS in these tests. */
const ONE = "127.0.0.1:9";
const TWO = "127.0.0.2:9";

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
});

/** Has the pool object answer nobody until the test says so, or ends. */
async function held(stub: DurableObjectStub): Promise<() => Promise<void>> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { promise: isHeld, resolve: begun } = Promise.withResolvers<void>();
  const holding = runInDurableObject(stub, (_, state) => {
    void state.blockConcurrencyWhile(() => {
      begun();
      return promise;
    });
  });
  const release = async () => {
    resolve();
    await holding;
  };
  onTestFinished(release);
  await isHeld;
  return release;
}

function handshake(signal?: AbortSignal): Promise<Response> {
  const url = "https://edge.example/socket.io/?EIO=4&transport=polling";
  return exports.default.fetch(url, signal ? { signal } : {});
}

test("the snapshot that several handshakes wait for comes though the client of the first has gone", async () => {
  const { stub } = await newPool();
  const asked = fakeOrigins({ [ONE]: engine(), [TWO]: engine() });
  // What the configuration doesn't know: who dials `two` alone has had the snapshot.
  await stub.order("default", { type: "maint", origin: "one" });
  const release = await held(stub);
  // Who waits for a snapshot waits so long at the most: here for ever, so that it alone ends their waiting.
  const waiting = vi.spyOn(scheduler, "wait").mockReturnValue(new Promise(() => {}));
  onTestFinished(() => waiting.mockRestore());
  const client = new AbortController();
  const first = handshake(client.signal).catch((error: unknown) => error);
  await vi.waitUntil(() => waiting.mock.calls.length === 1);
  const others = Array.from({ length: 8 }, () => handshake());
  await vi.waitUntil(() => waiting.mock.calls.length === 9);
  client.abort();
  expect(await first).toBeInstanceOf(Error);
  await release();
  const answers = await Promise.all(others);
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  expect(new Set(asked.map(({ url }) => url.host))).toEqual(new Set([TWO]));
});
