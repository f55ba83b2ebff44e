import { describe, expect, test } from "vitest";
import { disconnection, next } from "../support/events.ts";
import { content, joinByPolling, type JoinedByPolling } from "../support/joined.ts";
import { connectRaw, requestBytes, type RawConnection } from "../support/raw-tcp.ts";
import { watchedEdge } from "../support/watched-edge.ts";

const LIMIT = 10_000;
const UNKNOWN_SID = '400 {"code":1,"message":"Session ID unknown"}';
const TOO_LARGE = /^HTTP\/1.1 413 [^]*\{"code":3,"message":"Payload too large"\}$/;
const BAD = /^HTTP\/1.1 400 /;

const watched = watchedEdge({
  server: { maxHttpBufferSize: LIMIT, pingInterval: 1500, pingTimeout: 1000 },
});

const join = () => joinByPolling(watched.url, watched.io);

/** A POST of these fields and bytes, whose connection stays open. */
async function post(
  { open }: JoinedByPolling,
  fields: readonly string[],
  body = "",
): Promise<RawConnection> {
  const connection = await connectRaw(watched.url);
  const target = `/socket.io/?EIO=4&transport=polling&sid=${open.sid}`;
  connection.write(requestBytes({ method: "POST", target, fields, body }));
  return connection;
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

/** A Socket.IO event that is as long as asked. */
function event(length: number): string {
  const empty = '42["long",""]';
  return `42["long","${"x".repeat(length - empty.length)}"]`;
}

const ANSWERED = /"\}$/;

describe("a body", () => {
  test("as large as the limit is taken, with its length and in chunks", async () => {
    const joined = await join();
    const heard = next(joined.server, "long");
    const whole = await post(joined, [`Content-Length: ${LIMIT}`], event(LIMIT));
    expect(await whole.until(/ok$/)).toMatch(/^HTTP\/1.1 200 /);
    expect(await heard).toHaveLength(1);
    const again = next(joined.server, "long");
    const text = event(LIMIT);
    const chunks = chunk(text.slice(0, 7)) + chunk(text.slice(7)) + chunk("");
    const chunked = await post(joined, ["Transfer-Encoding: chunked"], chunks);
    expect(await chunked.until(/ok$/)).toMatch(/^HTTP\/1.1 200 /);
    expect(await again).toHaveLength(1);
  });

  test("one byte too large is answered 413, and its session ends", async () => {
    const joined = await join();
    const ended = disconnection(joined.server);
    const connection = await post(joined, [`Content-Length: ${LIMIT + 1}`], event(LIMIT + 1));
    expect(await connection.until(ANSWERED)).toMatch(TOO_LARGE);
    expect(await ended).toBe("transport close");
    expect(await content(joined.session.poll())).toBe("200 1");
    expect(await content(joined.session.poll())).toBe(UNKNOWN_SID);
  });

  test("that says it is too large is answered before any of it comes", async () => {
    const connection = await post(await join(), [`Content-Length: ${LIMIT + 1}`]);
    expect(await connection.until(ANSWERED)).toMatch(TOO_LARGE);
  });

  test("that says it is a petabyte is answered before any of it comes", async () => {
    const connection = await post(await join(), ["Content-Length: 1125899906842624"]);
    expect(await connection.until(ANSWERED)).toMatch(TOO_LARGE);
  });

  test("one byte too large in chunks is answered without waiting for its end", async () => {
    const joined = await join();
    const ended = disconnection(joined.server);
    const connection = await post(joined, ["Transfer-Encoding: chunked"], chunk(event(LIMIT)));
    connection.write(chunk("x"));
    expect(await connection.until(ANSWERED)).toMatch(TOO_LARGE);
    expect(await ended).toBe("transport close");
  });

  test.each([
    ["a length before chunks", ["Content-Length: 2", "Transfer-Encoding: chunked"]],
    ["a length behind chunks", ["Transfer-Encoding: chunked", "Content-Length: 2"]],
  ])("with %s is measured by what comes", async (_, fields) => {
    const connection = await post(await join(), fields, chunk(event(LIMIT)));
    connection.write(chunk("x"));
    expect(await connection.until(ANSWERED)).toMatch(TOO_LARGE);
  });

  test.each([
    ["two lengths", ["Content-Length: 2", "Content-Length: 3"]],
    ["a length that is no number", ["Content-Length: many"]],
    ["a length below nothing", ["Content-Length: -2"]],
    ["a length with a sign", ["Content-Length: +2"]],
    ["an encoding that nobody knows", ["Transfer-Encoding: brotli-ish"]],
  ])("with %s reaches no session", async (_, fields) => {
    const joined = await join();
    const connection = await post(joined, fields, "41");
    expect(await connection.closed()).toMatch(BAD);
    expect(await content(joined.session.post("41"))).toBe("200 ok");
  });

  test.each([
    ["a size that is none", "zz\r\n41\r\n0\r\n\r\n"],
    ["a size beyond all numbers", `${"f".repeat(20)}\r\n41\r\n0\r\n\r\n`],
    ["a chunk longer than its size", "1\r\n41\r\n0\r\n\r\n"],
  ])("in chunks with %s ends its session", async (_, body) => {
    const joined = await join();
    const ended = disconnection(joined.server);
    const connection = await post(joined, ["Transfer-Encoding: chunked"], body);
    expect(await connection.until(ANSWERED)).toMatch(BAD);
    expect(await ended).toBe("transport close");
  });

  test("shorter than it says, of a client that then leaves, ends its session", async () => {
    const joined = await join();
    const ended = disconnection(joined.server);
    const connection = await post(joined, ["Content-Length: 100"], "41");
    connection.socket.destroy();
    expect(await ended).toBe("transport close");
    expect(await content(joined.session.poll())).toBe(UNKNOWN_SID);
  });

  test("longer than it says is another request, and none of the session's", async () => {
    const joined = await join();
    const heard: unknown[] = [];
    joined.server.onAny((...event_: unknown[]) => heard.push(event_));
    const connection = await post(joined, ["Content-Length: 2"], '4142["smuggled"]\r\n\r\n');
    expect(await connection.closed()).toMatch(/HTTP\/1.1 [45]\d\d/);
    expect(heard).toEqual([]);
  });

  test("that is missing is a bad request, and ends its session", async () => {
    for (const fields of [[], ["Content-Length: 0"]]) {
      const joined = await join();
      const ended = disconnection(joined.server);
      const connection = await post(joined, fields);
      expect(await connection.until(ANSWERED)).toMatch(BAD);
      expect(["parse error", "transport close"]).toContain(await ended);
    }
  });

  test("that never begins, stops or trickles ends with the ping time-out, and is answered", async () => {
    const bodies = ["", "4", '42["trickle","and so on and on"]'];
    const slow = bodies.map(async (body) => {
      const joined = await join();
      const ended = disconnection(joined.server);
      const connection = await post(joined, ["Content-Length: 1000"]);
      let sent = 0;
      const trickle = setInterval(() => connection.write(body.charAt(sent++)), 100);
      expect(await ended).toBe("transport close");
      clearInterval(trickle);
      expect(await connection.until(ANSWERED)).toMatch(BAD);
      expect(await content(joined.session.poll())).toBe(UNKNOWN_SID);
      expect(await watched.endOf(joined.open.sid)).toBe("ping timeout: ping timeout");
    });
    await Promise.all(slow);
  });
});
