import { createServer } from "node:http";
import { Server } from "socket.io";
import { expect, onTestFinished, test } from "vitest";
import { createAdapter } from "../../src/origin/origin.ts";
import { encodeResponse } from "../../src/wire/hub/content-codec.ts";
import { decodeToHub, encodeFromHub } from "../../src/wire/hub/frame.ts";
import type { ToHub } from "../../src/wire/hub/message.ts";
import { parseUid } from "../../src/wire/hub/vector.ts";
import { LinkServer } from "./link-server.ts";

test("of what another answers to fetchSockets, only sockets count", async () => {
  const peer = parseUid("A".repeat(16));
  if (peer === undefined) throw new Error("Expected a uid.");
  const hub = await LinkServer.start();
  const io = new Server(createServer(), {
    adapter: createAdapter({ url: hub.url, token: "a-token-for-nobody" }),
  });
  onTestFinished(() => io.close());
  const { socket, frames } = await hub.links.take();
  socket.send(
    encodeFromHub({ type: "welcome", bases: new Map(), last: 0, peers: [peer], shards: 1 }),
  );
  await expect.poll(() => io.of("/").adapter.serverCount()).toBe(2);
  const fetched = io.fetchSockets();
  let asked: ToHub | undefined;
  while (asked?.type !== "request") {
    const messages = decodeToHub(await frames.take());
    if ("fault" in messages) throw new Error(messages.fault);
    asked = messages.find(({ type }) => type === "request");
  }
  const data = JSON.stringify([null, 5, "x", {}, { id: "one" }, { id: "two", rooms: ["room"] }]);
  const body = encodeResponse({ type: "sockets", data });
  socket.send(encodeFromHub({ type: "response", uid: peer, id: asked.id, isLast: true, body }));
  expect((await fetched).map(({ id, rooms }) => [id, [...rooms]])).toEqual([["two", ["room"]]]);
});
