import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CHROMIUM, inChromium } from "../support/chromium.ts";
import { CLIENT_MODES, POLLING, UPGRADE, WEBSOCKET } from "../support/clients.ts";
import { direct, startEdge, type Edge } from "../support/edge.ts";
import { frontDoor } from "../support/front-door.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import { ALL_WELL, answering, complaints, converse, pages } from "../support/page.ts";

/** Seen from a server on 127.0.0.1: another origin of the same site, and another site. */
const SAME_SITE = "127.0.0.1";
const OTHER_SITE = "localhost";

const LAX = "lax=1; Path=/; HttpOnly; SameSite=Lax";
/** For other sites; browsers want such a cookie to be secure, which this machine counts as. */
const NONE = "none=1; Path=/; HttpOnly; SameSite=None; Secure";

const door = frontDoor();
const web = pages();

/** A server that sets a cookie on every handshake, and what it has had back on each. */
function settingCookie(cookie: string, host: string): (string | undefined)[] {
  const back: (string | undefined)[] = [];
  const io = door.serve({ cors: { origin: web.origin(host), credentials: true } }, answering);
  io.engine.on("initial_headers", (headers: Record<string, string>) => {
    headers["Set-Cookie"] = cookie;
  });
  io.on("connection", ({ handshake }) => back.push(handshake.headers.cookie));
  return back;
}

describe.skipIf(CHROMIUM === undefined)("cookies of a server in Chromium", () => {
  const browser = inChromium();
  beforeEach(() => browser.forgetCookies());

  async function backFrom(
    host: string,
    cookie: string,
    mode: (typeof CLIENT_MODES)[number],
    withCredentials = true,
  ): Promise<unknown[]> {
    const back = settingCookie(cookie, host);
    const tab = await browser.tab();
    await web.open(tab, host, door.url);
    await converse(tab, door.url, mode, { withCredentials });
    await converse(tab, door.url, mode, { withCredentials });
    return back;
  }

  test.each(CLIENT_MODES)("come back from a page of the same site: $name", async (mode) => {
    expect(await backFrom(SAME_SITE, LAX, mode)).toEqual([undefined, "lax=1"]);
  });

  test.each(CLIENT_MODES)("come back from another site if for any: $name", async (mode) => {
    expect(await backFrom(OTHER_SITE, NONE, mode)).toEqual([undefined, "none=1"]);
  });

  test.each(CLIENT_MODES)("stay away from another site if not for it: $name", async (mode) => {
    expect(await backFrom(OTHER_SITE, LAX, mode)).toEqual([undefined, undefined]);
  });

  test.each([POLLING, UPGRADE])("stay away without withCredentials: $name", async (mode) => {
    expect(await backFrom(SAME_SITE, LAX, mode, false)).toEqual([undefined, undefined]);
  });

  test("come back by WebSocket without withCredentials, as by any WebSocket", async () => {
    expect(await backFrom(SAME_SITE, LAX, WEBSOCKET, false)).toEqual([undefined, "lax=1"]);
  });
});

describe.skipIf(CHROMIUM === undefined)("with third-party cookies blocked in Chromium", () => {
  const browser = inChromium({ thirdPartyCookies: "blocked" });

  test.each(CLIENT_MODES)("no cookie comes back, and all else works: $name", async (mode) => {
    const back = settingCookie(NONE, OTHER_SITE);
    const tab = await browser.tab();
    const complained = complaints(tab);
    await web.open(tab, OTHER_SITE, door.url);
    for (const _ of [1, 2]) {
      const conversation = await converse(tab, door.url, mode, { withCredentials: true });
      expect(conversation).toMatchObject({ ...ALL_WELL, transport: mode.transports.at(-1) });
    }
    expect(back).toEqual([undefined, undefined]);
    expect(complained).toEqual([]);
  });

  describe.skipIf(direct)("before several origins (a stock server stands alone)", () => {
    const ORIGINS = 3;
    const SESSIONS = 6;
    let origins: Origin[];
    let edge: Edge;
    const sessions: number[] = [];

    beforeAll(async () => {
      const cors = { origin: web.origin(OTHER_SITE), credentials: true };
      origins = await Promise.all(Array.from({ length: ORIGINS }, () => startOrigin()));
      for (const [nth, origin] of origins.entries()) {
        const io = origin.serve({ cors }, answering);
        io.on("connection", () => (sessions[nth] = (sessions[nth] ?? 0) + 1));
      }
      edge = await startEdge({ origins: origins.map(({ url }) => url) });
    });
    beforeEach(() => void (sessions.length = 0));
    afterAll(async () => {
      await edge.stop();
      await Promise.all(origins.map((origin) => origin.stop()));
    });

    test.each(CLIENT_MODES)("every session finds its own each time: $name", async (mode) => {
      const tab = await browser.tab();
      const complained = complaints(tab);
      await web.open(tab, OTHER_SITE, edge.url);
      const options = { withCredentials: true };
      const all = Array.from({ length: SESSIONS }, () => converse(tab, edge.url, mode, options));
      for (const conversation of await Promise.all(all)) {
        expect(conversation).toMatchObject({ ...ALL_WELL, transport: mode.transports.at(-1) });
      }
      expect(sessions).toHaveLength(ORIGINS);
      expect(sessions.reduce((sum, count) => sum + count)).toBe(SESSIONS);
      expect(complained).toEqual([]);
    });
  });
});
