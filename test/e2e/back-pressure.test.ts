import type { Socket as ServerSocket } from "socket.io";
import { describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { disconnection } from "../support/events.ts";
import {
  content,
  joinByPolling,
  joinByWebSocket,
  type JoinedByPolling,
  type JoinedByWebSocket,
} from "../support/joined.ts";
import { MemoryWatch } from "../support/memory.ts";
import { connectRaw, requestBytes } from "../support/raw-tcp.ts";
import { watchedEdge } from "../support/watched-edge.ts";

const MIB = 1024 * 1024;
const CREDIT_BYTES = 256 * 1024;
const MAX_QUEUE_BYTES = 8 * MIB;
const UNKNOWN_SID = '400 {"code":1,"message":"Session ID unknown"}';

/**
 * What one client that reads nothing may cost. Each byte of its queue stands in memory at most four times: as the
 * packet, as what is left of the event that brought it until V8 collects that, and in workerd's buffers for reading and
 * writing. V8's young generation grows by 16 MiB before it is collected at all.
 */
const BOUND = CREDIT_BYTES + 4 * MAX_QUEUE_BYTES + 16 * MIB;

const watched = watchedEdge();

function byWebSocket(): Promise<JoinedByWebSocket> {
  return watched.beside(() => joinByWebSocket(watched.url, watched.io));
}

function byPolling(): Promise<JoinedByPolling> {
  return watched.beside(() => joinByPolling(watched.url, watched.io));
}

/** Sends so many bytes in numbered events, as fast as the connection to the edge takes them, or until it is gone. */
async function flood(server: ServerSocket, bytes: number, eventBytes: number): Promise<void> {
  const text = "x".repeat(eventBytes);
  const eventsInTurn = Math.ceil(MIB / eventBytes);
  for (let n = 0; n * eventBytes < bytes && server.connected; n++) {
    server.emit("data", n, text);
    if (n % eventsInTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Has as many bytes wait and pass for a client that reads. What V8 takes for that depends on how busy the machine is; it
 * keeps it, so that what grows from here on is what is held.
 */
async function warmUp(eventBytes: number): Promise<void> {
  const { socket, server } = await byWebSocket();
  const ended = disconnection(server);
  for (let round = 0; round < 32; round++) {
    const marked = new Promise<void>((resolve) => {
      socket.on("message", function hear(frame: Buffer) {
        if (frame.toString() === "2") socket.send("3");
        if (!frame.includes(`"mark ${round}"`)) return;
        socket.off("message", hear);
        resolve();
      });
    });
    await flood(server, 4e6, eventBytes);
    server.emit(`mark ${round}`);
    await marked;
  }
  socket.close();
  await ended;
}

function packets(from: number, to: number, text: string): string[] {
  return Array.from({ length: to - from }, (_, n) => `42["data",${from + n},"${text}"]`);
}

/** Has a client take its time over each packet, and answer each ping as soon as it has read it. */
function readSlowly(socket: WebSocket): void {
  socket.on("message", (frame: Buffer) => {
    if (frame.toString() === "2") socket.send("3");
    socket.pause();
    setTimeout(() => socket.resume(), 3);
  });
}

describe("a client that reads nothing while its server sends 256 MB", () => {
  test.runIf(process.platform === "linux").each([1000, 65_000, 1_000_000])(
    "in events of %i bytes costs no more than its bound, and is closed with a reason",
    async (eventBytes) => {
      await warmUp(eventBytes);
      const { socket, frames, server, open } = await byWebSocket();
      const ended = disconnection(server);
      const memory = new MemoryWatch(watched.edge.port);
      socket.pause();
      await flood(server, 256e6, eventBytes);
      expect(["transport close", "transport error"]).toContain(await ended);
      expect(memory.growth()).toBeLessThan(BOUND);
      expect(await watched.endOf(open.sid)).toBe("client too slow: client too slow");
      socket.resume();
      expect(await frames.closed).toBe("1008 client too slow");
    },
  );

  test("gets what it had credit for, in order, when it reads again", async () => {
    const { socket, frames, server } = await byWebSocket();
    const ended = disconnection(server);
    socket.pause();
    await flood(server, 256e6, 65_000);
    await ended;
    socket.resume();
    await frames.closed;
    const got: string[] = [];
    for (let frame = ""; !frame.startsWith("closed"); frame = await frames.next()) got.push(frame);
    const events = got.filter((frame) => frame.startsWith("42"));
    expect(events.length).toBeGreaterThan(0);
    expect(events.join("").length).toBeLessThan(CREDIT_BYTES + 2 * 65_000);
    expect(events).toEqual(packets(0, events.length, "x".repeat(65_000)));
  });

  test.runIf(process.platform === "linux")("by polling, and stops to poll: the same", async () => {
    await warmUp(65_000);
    const { session, server, open } = await byPolling();
    const ended = disconnection(server);
    const memory = new MemoryWatch(watched.edge.port);
    await flood(server, 256e6, 65_000);
    expect(["transport close", "transport error"]).toContain(await ended);
    expect(memory.growth()).toBeLessThan(BOUND);
    expect(await watched.endOf(open.sid)).toBe("client too slow: client too slow");
    expect(await content(session.poll())).toBe(UNKNOWN_SID);
  });
});

describe("a slow reader that keeps answering gets everything, in order", () => {
  const TEXT = "x".repeat(65_000);
  const BURST = 100; // 6.2 MiB, which all waits at first, and fits the queue

  test("by WebSocket", async () => {
    const { socket, frames, server } = await byWebSocket();
    readSlowly(socket);
    for (let burst = 0; burst < 4; burst++) {
      const expected = packets(burst * BURST, (burst + 1) * BURST, TEXT);
      for (let n = burst * BURST; n < (burst + 1) * BURST; n++) server.emit("data", n, TEXT);
      const got: string[] = [];
      while (got.length < BURST) {
        const frame = await frames.next();
        if (frame !== "2") got.push(frame);
      }
      expect(got.findIndex((packet, n) => packet !== expected[n])).toBe(-1);
    }
  });

  test("by polling", async () => {
    const { session, server } = await byPolling();
    for (let burst = 0; burst < 2; burst++) {
      const expected = packets(burst * BURST, (burst + 1) * BURST, TEXT);
      for (let n = burst * BURST; n < (burst + 1) * BURST; n++) server.emit("data", n, TEXT);
      const got: string[] = [];
      while (got.length < BURST) {
        const { body } = await session.poll();
        got.push(...body.toString().split("\x1e"));
      }
      expect(got.findIndex((packet, n) => packet !== expected[n])).toBe(-1);
    }
  });
});

describe("when 48 MiB wait for the clients of an isolate together", () => {
  test("the largest queue's session ends with a reason, and the others lose nothing", async () => {
    const TEXT = "x".repeat(MIB - 100);
    const sizes = [6, 7, 6, 6, 6, 6, 6, 6];
    const clients: JoinedByPolling[] = [];
    for (const size of sizes) {
      const client = await byPolling();
      clients.push(client);
      for (let n = 0; n < size; n++) client.server.emit("data", n, TEXT);
      await watched.witnesses.faults();
    }
    const largest = clients[1];
    expect(await watched.endOf(largest?.open.sid ?? "")).toBe("isolate full: isolate full");
    for (const [index, { session }] of clients.entries()) {
      if (index === 1) continue;
      const got: string[] = [];
      while (got.length < 6) got.push(...(await session.poll()).body.toString().split("\x1e"));
      const expected = packets(0, 6, TEXT);
      expect(got.findIndex((packet, n) => packet !== expected[n])).toBe(-1);
    }
    expect(largest && (await content(largest.session.poll()))).toBe(UNKNOWN_SID);
  });
});

describe("a client that answers pings which it has not read", () => {
  test.runIf(process.platform === "linux")("costs no more than one that is honest", async () => {
    const { socket, server } = await byWebSocket();
    const memory = new MemoryWatch(watched.edge.port);
    socket.pause();
    const text = "x".repeat(MIB);
    for (let n = 0; n < 128 && server.connected; n++) {
      server.emit("data", n, text);
      for (let lies = 0; lies < 20; lies++) socket.send("3");
      await watched.witnesses.faults();
    }
    expect(memory.growth()).toBeLessThan(BOUND);
  });
});

describe("a body that comes byte by byte", () => {
  test.runIf(process.platform === "linux")(
    "is kept as the bytes that it has, whatever room a byte is given on its way",
    async () => {
      const { open } = await byPolling();
      const connection = await connectRaw(watched.url);
      const target = `/socket.io/?EIO=4&transport=polling&sid=${open.sid}`;
      const fields = ["Transfer-Encoding: chunked"];
      connection.write(requestBytes({ method: "POST", target, fields }));
      const memory = new MemoryWatch(watched.edge.port);
      for (let sent = 0; sent < 30_000; sent += 100) {
        for (let i = 0; i < 100; i++) connection.write("1\r\n4\r\n");
        await new Promise((resolve) => setImmediate(resolve));
      }
      connection.write("0\r\n\r\n");
      expect(await connection.until(/ok$/)).toMatch(/^HTTP\/1.1 200 /);
      expect(memory.growth()).toBeLessThan(32 * MIB);
    },
  );
});
