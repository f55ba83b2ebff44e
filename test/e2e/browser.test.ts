import type { Page } from "playwright-core";
import type { Server, Socket } from "socket.io";
import { describe, expect, test } from "vitest";
import { CHROMIUM, inChromium } from "../support/chromium.ts";
import { CLIENT_MODES, POLLING, UPGRADE, WEBSOCKET } from "../support/clients.ts";
import { direct } from "../support/edge.ts";
import { disconnection, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";
import {
  ALL_WELL,
  answering,
  complaints,
  converse,
  failToConnect,
  pages,
} from "../support/page.ts";

/** Where a page may come from, seen from a server on 127.0.0.1: all are other origins, the last two other sites. */
const HOSTS = ["127.0.0.1", "localhost", "app.localhost"];
const HOST = "localhost";

/** A heartbeat quick enough to wait for. */
const QUICK = { pingInterval: 300, pingTimeout: 200 };

const LEAVINGS: { name: string; leave: (tab: Page) => Promise<unknown> }[] = [
  { name: "is reloaded", leave: (tab) => tab.reload() },
  { name: "is left for another", leave: (tab) => tab.goto("about:blank") },
  { name: "is closed", leave: (tab) => tab.close() },
];

describe.skipIf(CHROMIUM === undefined)("a page in Chromium", () => {
  const door = frontDoor();
  const web = pages();
  const browser = inChromium();

  async function open(host: string): Promise<{ tab: Page; complained: string[] }> {
    const tab = await browser.tab();
    const complained = complaints(tab);
    await web.open(tab, host, door.url);
    return { tab, complained };
  }

  describe.each(HOSTS)("on %s and another port than the server's", (host) => {
    test.each(CLIENT_MODES)("speaks with a server that names it: $name", async (mode) => {
      door.serve({ cors: { origin: [web.origin(host)], credentials: true } }, answering);
      const { tab, complained } = await open(host);
      const conversation = await converse(tab, door.url, mode, { withCredentials: true });
      expect(conversation).toMatchObject({ ...ALL_WELL, transport: mode.transports.at(-1) });
      expect(complained).toEqual([]);
    });
  });

  test.each(CLIENT_MODES)("speaks with a server that names everybody: $name", async (mode) => {
    door.serve({ cors: { origin: "*" } }, answering);
    const { tab, complained } = await open(HOST);
    expect(await converse(tab, door.url, mode)).toMatchObject(ALL_WELL);
    expect(complained).toEqual([]);
  });

  test.each([
    { name: "no cors option", cors: undefined, why: "No 'Access-Control-Allow-Origin' header" },
    { name: "others named", cors: { origin: ["http://a.example"] }, why: "No 'Access-Control-" },
    { name: "one other", cors: { origin: "http://a.example" }, why: "that is not equal to the" },
    { name: "no credentials", cors: { origin: true }, why: "'Access-Control-Allow-Credentials'" },
    { name: "* and credentials", cors: { origin: "*", credentials: true }, why: "wildcard '*'" },
  ])("is kept from polling a server with $name, yet not from its WebSocket", async (server) => {
    const { cors, why } = server;
    door.serve(cors === undefined ? {} : { cors }, answering);
    const { tab, complained } = await open(HOST);
    for (const mode of [POLLING, UPGRADE]) {
      const failed = await failToConnect(tab, door.url, mode, { withCredentials: true });
      expect(failed).toBe("xhr poll error");
    }
    const blocked = complained.filter((text) => text.includes("blocked by CORS policy"));
    expect(blocked).toEqual([expect.stringContaining(why), expect.stringContaining(why)]);
    const options = { withCredentials: true };
    expect(await converse(tab, door.url, WEBSOCKET, options)).toMatchObject(ALL_WELL);
  });

  test.each([POLLING, UPGRADE])("shows the server its own header fields: $name", async (mode) => {
    const io = door.serve({ cors: { origin: web.origin(HOST) } }, answering);
    const seen: unknown[] = [];
    io.on("connection", ({ handshake }) => seen.push(handshake.headers["x-token"]));
    const { tab, complained } = await open(HOST);
    const options = { extraHeaders: { "X-Token": "t-1" } };
    expect(await converse(tab, door.url, mode, options)).toMatchObject(ALL_WELL);
    expect(seen).toEqual(["t-1"]);
    expect(complained).toEqual([]);
  });

  test("is kept from header fields that the server doesn't allow", async () => {
    const cors = { origin: web.origin(HOST), allowedHeaders: ["x-known"] };
    door.serve({ cors }, answering);
    const { tab, complained } = await open(HOST);
    const options = { extraHeaders: { "X-Unknown": "1" } };
    expect(await failToConnect(tab, door.url, POLLING, options)).toBe("xhr poll error");
    expect(complained[0]).toContain("x-unknown is not allowed by Access-Control-Allow-Headers");
  });

  test("shows the server where it comes from", async () => {
    const io = door.serve({ cors: { origin: true } }, answering);
    const connected = next(io, "connection");
    const { tab } = await open("app.localhost");
    const { id } = await converse(tab, door.url, UPGRADE, { query: { room: "a b&c" } });
    const [socket] = await connected;
    expect(socket).toMatchObject({
      id,
      handshake: { headers: { origin: web.origin("app.localhost") }, query: { room: "a b&c" } },
    });
  });

  test.each(["socket.io.min.js", "socket.io.msgpack.min.js"])("has io from %s", async (name) => {
    door.serve();
    const tab = await browser.tab();
    const complained = complaints(tab);
    await web.open(tab, HOST, door.url, name);
    expect(await tab.evaluate("typeof io")).toBe("function");
    expect(complained).toEqual([]);
  });

  test("has io from a module where the server lets it, and nowhere else", async () => {
    const { tab, complained } = await open(HOST);
    // As text, since it would otherwise be this file's import that is meant.
    const load = (query: string): Promise<unknown> => {
      const url = `${door.url}/socket.io/socket.io.esm.min.js${query}`;
      return tab.evaluate(`import("${url}").then(({ io }) => typeof io, () => "kept out")`);
    };
    door.serve({ cors: { origin: web.origin(HOST) } });
    expect(await load("?named")).toBe("function");
    expect(complained).toEqual([]);
    door.serve();
    expect(await load("?unnamed")).toBe("kept out");
    expect(complained[0]).toContain("blocked by CORS policy");
  });

  describe.each(LEAVINGS)("that $name", ({ leave }) => {
    test.each([WEBSOCKET, UPGRADE])("is missed by the server at once: $name", async (mode) => {
      const io = door.serve({ cors: { origin: true } }, answering);
      const { tab } = await open(HOST);
      const { id } = await converse(tab, door.url, mode);
      const ended = disconnection(serverSide(io, id));
      await leave(tab);
      expect(await ended).toBe("transport close");
    });

    test.skipIf(direct)(
      "is missed by the server when its pong is: polling only (a stock server sees the poll end)",
      async () => {
        const io = door.serve({ ...QUICK, cors: { origin: true } }, answering);
        const { tab } = await open(HOST);
        const { id } = await converse(tab, door.url, POLLING);
        const ended = disconnection(serverSide(io, id));
        await leave(tab);
        expect(await ended).toBe("transport close");
      },
    );
  });

  test("that is reloaded has another session", async () => {
    door.serve({ cors: { origin: true } }, answering);
    const { tab } = await open(HOST);
    const before = await converse(tab, door.url, UPGRADE);
    await tab.reload();
    const after = await converse(tab, door.url, UPGRADE);
    expect(after).toMatchObject(ALL_WELL);
    expect(after.id).not.toBe(before.id);
  });
});

function serverSide(io: Server, id: string): Socket {
  const socket = io.sockets.sockets.get(id);
  if (socket === undefined) throw new Error(`Expected ${id} at the server, got nothing.`);
  return socket;
}
