import { describe, expect, test } from "vitest";
import {
  accept,
  answerWith,
  frame,
  hangUp,
  neverAnswer,
  open,
  page,
  text,
  type Behaviour,
} from "../support/hostile-origin.ts";
import { request, requestUpgrade, type Answer } from "../support/raw-http.ts";
import { watchedEdge } from "../support/watched-edge.ts";

const DIAL_TIMEOUT_MS = 300;
const POLLING = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET = "/socket.io/?EIO=4&transport=websocket";
const OPEN = { sid: "x", upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1e6 };

const watched = watchedEdge({ vars: { DIAL_TIMEOUT_MS: String(DIAL_TIMEOUT_MS) } });

function shake(isUpgrade: boolean): Promise<Answer> {
  return isUpgrade ? requestUpgrade(watched.url + WEBSOCKET) : request(watched.url + POLLING);
}

/** Statuses of two handshakes by each transport. The pool's two origins are taken in turn: each meets the hostile one. */
async function handshakes(): Promise<number[]> {
  const statuses: number[] = [];
  for (const isUpgrade of [false, true, true, false]) {
    statuses.push((await shake(isUpgrade)).status);
  }
  return statuses;
}

const SESSIONS = [200, 101, 101, 200];

function saying(packet: string): Behaviour {
  return accept((connection) => connection.write(text(packet)));
}

const HTML = "<html><body>Welcome to nginx!</body></html>";

const FAULTS: readonly [name: string, behaviour: Behaviour][] = [
  ["hangs up", hangUp],
  ["never answers", neverAnswer],
  ["answers the upgrade with HTML", page("200 OK", "text/html", HTML)],
  ["answers the upgrade with an error", page("500 Internal Server Error", "text/html", HTML)],
  ["is a gateway without a server", page("502 Bad Gateway", "text/html", HTML)],
  ["begins an answer and never ends its head", answerWith("HTTP/1.1 101 Switching")],
  [
    "begins an answer and never ends its body",
    answerWith("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n<html>"),
  ],
  [
    "hangs up in the middle of its head",
    ({ connection }) => void connection.end("HTTP/1.1 101 Swi"),
  ],
  ["speaks another protocol", answerWith("220 mail.example ESMTP\r\n")],
  ["answers bytes", answerWith(Buffer.from([0, 255, 0, 255, 13, 10, 13, 10]))],
  [
    "accepts without a key",
    answerWith(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ),
  ],
  [
    "switches to another protocol",
    answerWith("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
  ],
  [
    "has a head without end",
    answerWith(`HTTP/1.1 101 Switching Protocols\r\n${"X-A: b\r\n".repeat(100_000)}`),
  ],
  ["accepts and says nothing", accept(() => {})],
  ["accepts and hangs up", accept((connection) => connection.destroy())],
  [
    "accepts and closes",
    accept((connection) => connection.end(frame(0x88, Buffer.from([3, 0xe8])))),
  ],
  [
    "accepts and sends half a frame",
    accept((connection) => connection.write(text("0{").subarray(0, 2))),
  ],
  ["accepts and sends bytes", accept((connection) => connection.write(Buffer.alloc(100, 0xff)))],
  ["sends a message first", saying("4hello")],
  ["sends nothing first", saying("")],
  ["sends an open packet that is no JSON", saying("0hello")],
  ["sends an open packet that is cut", saying('0{"sid":"x","pingInterval":25000')],
  ["sends an open packet without a sid", saying(`0${JSON.stringify({ ...OPEN, sid: undefined })}`)],
  [
    "sends an open packet with a number for a sid",
    saying(`0${JSON.stringify({ ...OPEN, sid: 1 })}`),
  ],
  ["sends an open packet without its times", saying('0{"sid":"x"}')],
  [
    "sends an open packet with a time of 0",
    saying(`0${JSON.stringify({ ...OPEN, pingInterval: 0 })}`),
  ],
  [
    "sends an open packet with a time below 0",
    saying(`0${JSON.stringify({ ...OPEN, pingTimeout: -1 })}`),
  ],
  [
    "sends an open packet with a time without end",
    saying(`0${JSON.stringify({ ...OPEN, pingTimeout: 1e300 })}`),
  ],
  ["sends an open packet that is an array", saying("0[1,2,3]")],
  [
    "sends an open packet of a megabyte",
    saying(`0${JSON.stringify({ ...OPEN, sid: "x".repeat(1e6) })}`),
  ],
  ["sends an open packet nested without end", saying(`0${"[".repeat(1000)}`)],
];

describe("the next origin takes the session when the first", () => {
  test.each(FAULTS)("%s", async (_, behaviour) => {
    watched.hostile.behave(behaviour);
    expect(await handshakes()).toEqual(SESSIONS);
    expect(watched.hostile.dials.length).toBeGreaterThanOrEqual(2);
  });
});

describe("an origin's refusal is the application's, and the client's answer", () => {
  test.each(["401 Unauthorized", "403 Forbidden", "404 Not Found", "302 Found"])(
    "%s",
    async (status) => {
      watched.hostile.behave(page(status, "text/plain", "not you"));
      const statuses = (await handshakes()).toSorted((a, b) => a - b);
      const refused = Number(status.slice(0, 3));
      expect(statuses).toEqual([101, 200, refused, refused]);
    },
  );
});

describe("an origin can't speak for the edge", () => {
  const CLAIMS = [
    "Mooring-Untaken: full",
    "Mooring-Handshake: {}",
    "Cache-Control: max-age=3600",
    "Connection: X-Hop",
    "X-Hop: 1",
  ];

  test("in a refusal", async () => {
    watched.hostile.behave(({ connection }) => {
      const head = ["HTTP/1.1 403 Forbidden", ...CLAIMS, "X-Own: 1", "Content-Length: 2"];
      connection.end(`${head.join("\r\n")}\r\n\r\nno`);
    });
    const answers = await Promise.all([shake(false), shake(false)]);
    const refusal = answers.find(({ status }) => status === 403);
    expect(refusal?.body.toString()).toBe("no");
    expect(refusal?.headers).toMatchObject({ "x-own": "1", "cache-control": "no-store" });
    expect(Object.keys(refusal?.headers ?? {}).join(" ")).not.toMatch(/mooring|encoding|hop/);
  });

  test.each([false, true])("in a session's answers (upgrade: %s)", async (isUpgrade) => {
    watched.hostile.behave(
      open(() => {}, [
        ...CLAIMS,
        "Content-Encoding: gzip",
        "X-Own: 1",
        "Set-Cookie: a=1",
        "Set-Cookie: b=2",
      ]),
    );
    const answers = [await shake(isUpgrade), await shake(isUpgrade)];
    expect(answers.map(({ status }) => status)).toEqual(isUpgrade ? [101, 101] : [200, 200]);
    const own = answers.find(({ headers }) => headers["x-own"] === "1");
    expect(own?.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(Object.keys(own?.headers ?? {}).join(" ")).not.toMatch(/mooring|encoding|hop/);
    expect(watched.hostile.dials).toHaveLength(1);
  });
});

test("a redirection is the client's to follow, and nobody else's", async () => {
  const elsewhere = `Location: ${watched.url}/elsewhere`;
  watched.hostile.behave(({ connection }) => {
    connection.end(`HTTP/1.1 302 Found\r\n${elsewhere}\r\nContent-Length: 0\r\n\r\n`);
  });
  expect(await handshakes()).toContain(302);
  const targets = watched.hostile.dials.map(({ target }) => target);
  expect(new Set(targets)).toEqual(new Set(["/socket.io/?EIO=4&transport=websocket", POLLING]));
});

test("an origin that never answers is logged with why, and asked nothing more", async () => {
  watched.hostile.behave(neverAnswer);
  await handshakes();
  expect(watched.edge.output()).toContain(
    `{"event":"dial-failed","origin":"hostile","why":"no answer in ${DIAL_TIMEOUT_MS} ms"}`,
  );
  expect(watched.hostile.dials).toHaveLength(2);
});

test("an origin behind which a dial waits holds nobody up for longer than its time", async () => {
  watched.hostile.behave(neverAnswer);
  const crowd = Array.from({ length: 20 }, () => request(watched.url + POLLING));
  const answers = await Promise.all(crowd);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
});
