import type { Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { Link } from "../../src/origin/link.ts";
import type { Trouble } from "../../src/origin/link-trouble.ts";
import { LinkServer } from "./link-server.ts";
import { Mailbox } from "./mailbox.ts";

interface TestLink {
  readonly link: Link;
  /** "opened", "closed" and the frames that came, in order. */
  readonly told: Mailbox<string>;
  readonly troubles: Mailbox<Trouble>;
}

function linkTo(url: string, headers: Record<string, string> = {}): TestLink {
  const told = new Mailbox<string>();
  const troubles = new Mailbox<Trouble>();
  const link = new Link(
    { url, headers },
    {
      opened: () => told.put("opened"),
      received: (frame) => told.put(frame.toString()),
      closed: () => told.put("closed"),
      troubled: (trouble) => troubles.put(trouble),
    },
  );
  onTestFinished(() => link.close());
  return { link, told, troubles };
}

function refuseWith(status: string, body: string): (socket: Socket) => void {
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
  return (socket) => socket.end(head + body);
}

test("dials with the headers that it is given, and passes on what comes", async () => {
  const server = await LinkServer.start();
  const { told } = linkTo(server.url, { authorization: "Bearer abc", "mooring-key": "k" });
  const served = await server.links.take();
  expect(served.path).toBe("/mooring/hub?shard=0");
  expect(served.headers).toMatchObject({ authorization: "Bearer abc", "mooring-key": "k" });
  served.socket.send(Buffer.from("a frame"));
  expect([await told.take(), await told.take()]).toEqual(["opened", "a frame"]);
});

test("sends together what is sent together, and what follows it closely", async () => {
  const server = await LinkServer.start();
  const { link, told } = linkTo(server.url);
  const { frames } = await server.links.take();
  await told.take();
  for (const text of ["one ", "two"]) link.send(Buffer.from(text));
  for (const text of ["three ", "four"]) {
    // The code that has sent something has run to its end, and no timer has run yet.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    link.send(Buffer.from(text));
  }
  expect(String(await frames.take())).toBe("one two");
  expect(String(await frames.take())).toBe("three four");
});

test("puts no more than a frame's bytes into one, but for a larger message", async () => {
  const server = await LinkServer.start();
  const { link, told } = linkTo(server.url);
  const { frames } = await server.links.take();
  await told.take();
  for (const kibibytes of [1, 200, 100, 300, 1]) link.send(Buffer.alloc(kibibytes * 1024));
  const sizes: number[] = [];
  for (let count = 0; count < 4; count++) sizes.push((await frames.take()).byteLength / 1024);
  expect(sizes).toEqual([201, 100, 300, 1]);
});

test("comes back by itself, quickly, after a cut, and says so", async () => {
  const server = await LinkServer.start();
  const { told } = linkTo(server.url);
  const first = await server.links.take();
  const cutAt = performance.now();
  first.cut();
  await server.links.take();
  expect(performance.now() - cutAt).toBeLessThan(1000);
  expect([await told.take(), await told.take(), await told.take()]).toEqual([
    "opened",
    "closed",
    "opened",
  ]);
});

test("comes back quickly, however often it is cut", async () => {
  const server = await LinkServer.start();
  linkTo(server.url);
  const begin = performance.now();
  for (let cuts = 0; cuts < 8; cuts++) {
    const served = await server.links.take();
    served.socket.send(Buffer.from("welcome"), () => served.cut());
  }
  // With pauses that grow up to five seconds, it would take more than ten.
  expect(performance.now() - begin).toBeLessThan(5000);
});

test("comes to a hub that wasn't there, having told once that it can't be reached", async () => {
  const gone = await LinkServer.start();
  const { port, url } = gone;
  gone.stop();
  const { told, troubles } = linkTo(url);
  expect(await troubles.take()).toMatchObject({ code: "hub-unreachable", isLasting: false });
  await LinkServer.start(port);
  expect(await told.take()).toBe("opened");
});

test.each([
  ["401 Unauthorized", "MOORING_TOKEN"],
  ["403 Forbidden", "MOORING_TOKEN"],
  ["404 Not Found", "binding HUB"],
  ["426 Upgrade Required", "the same version of Mooring"],
  ["503 Service Unavailable", "its answer says why"],
  ["200 OK", "Is that the URL of the edge?"],
])("says what to do about an answer of %s, and not the token", async (status, advice) => {
  const server = await LinkServer.start();
  server.refuse = refuseWith(status, `{"message":"no\n  such thing"}`);
  const { troubles } = linkTo(server.url, { authorization: "Bearer secret-of-secrets" });
  const { code, message, isLasting } = await troubles.take();
  expect({ code, isLasting }).toEqual({
    code: "hub-refused",
    isLasting: status !== "503 Service Unavailable",
  });
  expect(message).toContain(`answered ${status.slice(0, 3)}: {"message":"no such thing"}`);
  expect(message).toContain(advice);
  expect(message).not.toContain("secret-of-secrets");
});

test("reads no endless refusal", async () => {
  const server = await LinkServer.start();
  server.refuse = (socket) => {
    socket.on("error", () => {});
    socket.write(`HTTP/1.1 404 Not Found\r\ncontent-length: 100000000\r\n\r\n${"x".repeat(5000)}`);
  };
  const { troubles } = linkTo(server.url);
  expect((await troubles.take()).message.length).toBeLessThan(600);
});

test("tells why the hub has ended it, unless the hub starts over", async () => {
  const server = await LinkServer.start();
  const { told, troubles } = linkTo(server.url);
  (await server.links.take()).socket.close(1012, "start over");
  (await server.links.take()).socket.close(1013, "too slow");
  const { code, message } = await troubles.take();
  expect(code).toBe("hub-ended");
  expect(message).toContain("(1013: too slow)");
  expect(await told.take()).toBe("opened");
});

test("ends a link on which nothing comes for two pings, and tries again", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const server = await LinkServer.start();
  const { told, troubles } = linkTo(server.url);
  const { texts } = await server.links.take();
  await told.take();
  vi.advanceTimersByTime(10_000);
  expect(await texts.take()).toBe("ping");
  expect(await troubles.take()).toMatchObject({ code: "hub-silent" });
  expect(await told.take()).toBe("closed");
  expect(await told.take()).toBe("opened");
});

test("keeps a link whose pings are answered", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const server = await LinkServer.start();
  const { told, troubles } = linkTo(server.url);
  const { texts, socket } = await server.links.take();
  await told.take();
  for (let count = 0; count < 5; count++) {
    vi.advanceTimersByTime(3000);
    expect(await texts.take()).toBe("ping");
    socket.send("pong");
    // A frame behind the pong, so that it is known to have come.
    socket.send(Buffer.from("behind"));
    expect(await told.take()).toBe("behind");
  }
  expect(troubles.size).toBe(0);
});

test("ends a link whose hub reads nothing before it takes all memory", async () => {
  const server = await LinkServer.start();
  const { link, told, troubles } = linkTo(server.url);
  const { socket } = await server.links.take();
  socket.pause();
  await told.take();
  const message = Buffer.alloc(8 * 1024 * 1024);
  for (let count = 0; count < 12; count++) link.send(message);
  expect(await troubles.take()).toMatchObject({ code: "hub-slow" });
});

test("has sent what it was given when it is closed, and tells nothing after", async () => {
  const server = await LinkServer.start();
  const { link, told } = linkTo(server.url);
  const { frames, closed, socket } = await server.links.take();
  await told.take();
  link.send(Buffer.from("first, "));
  link.send(Buffer.from("last"));
  link.close();
  socket.send(Buffer.from("too late"));
  link.send(Buffer.from("later"));
  expect(await closed).toBe(1000);
  expect(String(await frames.take())).toBe("first, last");
  expect({ frames: frames.size, told: told.size }).toEqual({ frames: 0, told: 0 });
});

test("closes before it is open without a word", async () => {
  const server = await LinkServer.start();
  const { link, told, troubles } = linkTo(server.url);
  link.close();
  const { told: another } = linkTo(server.url);
  await another.take();
  expect({ told: told.size, troubles: troubles.size }).toEqual({ told: 0, troubles: 0 });
});
