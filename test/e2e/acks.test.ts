import { describe, expect, test } from "vitest";
import { CLIENT_MODES } from "../support/clients.ts";
import { next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";

const NO_ANSWER_MS = 50;

const door = frontDoor();

describe.each(CLIENT_MODES)("$name", (mode) => {
  test("answers a client's callback with the server's arguments", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    server.on("sum", (a: number, b: number, answer: (...args: unknown[]) => void) => {
      answer(null, a + b, [a, b]);
    });
    const answer = new Promise<unknown[]>((resolve) => {
      client.emit("sum", 1, 2, (...args: unknown[]) => resolve(args));
    });
    expect(await answer).toEqual([null, 3, [1, 2]]);
  });

  test("answers a server's callback with the client's arguments", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    client.on("sum", (a: number, b: number, answer: (...args: unknown[]) => void) => {
      answer(null, a + b, [a, b]);
    });
    const answer = new Promise<unknown[]>((resolve) => {
      server.emit("sum", 1, 2, (...args: unknown[]) => resolve(args));
    });
    expect(await answer).toEqual([null, 3, [1, 2]]);
  });

  test("resolves emitWithAck on both sides, a hundred at a time", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    for (const socket of [client, server]) {
      socket.on("double", (n: number, answer: (n: number) => void) => answer(2 * n));
    }
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    const doubles = numbers.map((n) => 2 * n);
    const [up, down] = await Promise.all([
      Promise.all(numbers.map((n) => client.emitWithAck("double", n))),
      Promise.all(numbers.map((n) => server.emitWithAck("double", n))),
    ]);
    expect(up).toEqual(doubles);
    expect(down).toEqual(doubles);
  });

  test("resolves acks in the order in which they are given, not asked for", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    const waiting: (() => void)[] = [];
    server.on("ask", (n: number, answer: (n: number) => void) => {
      waiting.unshift(() => answer(n));
      if (waiting.length === 3) for (const answerNow of waiting) answerNow();
    });
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map(async (n) => order.push(Number(await client.emitWithAck("ask", n)))),
    );
    expect(order).toEqual([3, 2, 1]);
  });

  test("lets emitWithAck fail on both sides when nobody answers in time", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    const received = [next(server, "silence"), next(client, "silence")];
    const up = client.timeout(NO_ANSWER_MS).emitWithAck("silence");
    const down = server.timeout(NO_ANSWER_MS).emitWithAck("silence");
    await expect(up).rejects.toThrow("operation has timed out");
    await expect(down).rejects.toThrow("operation has timed out");
    expect(await Promise.all(received)).toHaveLength(2);
  });

  test("drops an answer that comes after the time-out, and goes on", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    const answers: ((text: string) => void)[] = [];
    server.on("slow", (answer: (text: string) => void) => answers.push(answer));
    await expect(client.timeout(NO_ANSWER_MS).emitWithAck("slow")).rejects.toThrow("timed out");
    for (const answer of answers) answer("late");
    server.on("quick", (answer: (text: string) => void) => answer("in time"));
    expect(answers).toHaveLength(1);
    expect(await client.timeout(5000).emitWithAck("quick")).toBe("in time");
  });

  test("gathers the answers to a broadcast from all clients", async () => {
    const io = door.serve();
    const clients = await Promise.all([1, 2, 3].map(() => door.connect(mode)));
    for (const [n, client] of clients.entries()) {
      client.on("who", (answer: (n: number) => void) => answer(n));
    }
    const answers: unknown = await io.timeout(5000).emitWithAck("who");
    expect(answers).toHaveLength(3);
    expect(answers).toEqual(expect.arrayContaining([0, 1, 2]));
  });

  test("carries binary in acks both ways", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    for (const socket of [client, server]) {
      socket.on("mirror", (bytes: Buffer, answer: (value: unknown) => void) => {
        answer({ mirrored: Buffer.from(bytes.toReversed()), again: [bytes] });
      });
    }
    const bytes = Buffer.of(1, 2, 3);
    const mirrored = { mirrored: Buffer.of(3, 2, 1), again: [bytes] };
    expect(await client.emitWithAck("mirror", bytes)).toEqual(mirrored);
    expect(await server.emitWithAck("mirror", bytes)).toEqual(mirrored);
  });

  test("lets a client's pending emitWithAck fail as soon as the session ends", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    server.on("ask", () => server.disconnect(true));
    await expect(client.timeout(5000).emitWithAck("ask")).rejects.toThrow("disconnected");
  });
});
