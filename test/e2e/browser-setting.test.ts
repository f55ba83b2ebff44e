import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, inChromium } from "../support/chromium.ts";
import { CLIENT_MODES, POLLING, UPGRADE, WEBSOCKET } from "../support/clients.ts";
import { direct } from "../support/edge.ts";
import { FrontDoor } from "../support/front-door.ts";
import {
  ALL_WELL,
  answering,
  complaints,
  converse,
  failToConnect,
  pages,
  type PageOptions,
} from "../support/page.ts";

const UNNAMED = "127.0.0.1";
const WITH_CREDENTIALS = { withCredentials: true };

/** An edge whose settings name the page, which has its port only once it is served. */
function doorWith(settings: () => Record<string, string>): FrontDoor {
  const door = new FrontDoor();
  beforeAll(() => door.open(settings()));
  afterAll(() => door.close());
  return door;
}

describe.skipIf(CHROMIUM === undefined || direct)("CORS_ORIGINS in Chromium", () => {
  const web = pages();
  const browser = inChromium();

  async function open(host: string, door: FrontDoor) {
    const tab = await browser.tab();
    const complained = complaints(tab);
    await web.open(tab, host, door.url);
    return { tab, complained };
  }

  describe("naming pages, with credentials", () => {
    const door = doorWith(() => ({
      CORS_ORIGINS: `${web.origin("localhost")}, ${web.origin("*.localhost")}`,
      CORS_CREDENTIALS: "true",
    }));

    describe.each(["localhost", "app.localhost"])("lets %s", (host) => {
      test.each(CLIENT_MODES)("speak with a server that names nobody: $name", async (mode) => {
        door.serve({}, answering);
        const { tab, complained } = await open(host, door);
        const conversation = await converse(tab, door.url, mode, WITH_CREDENTIALS);
        expect(conversation).toMatchObject({ ...ALL_WELL, transport: mode.transports.at(-1) });
        expect(complained).toEqual([]);
      });

      test("show the server its own header fields", async () => {
        const io = door.serve({}, answering);
        const seen: unknown[] = [];
        io.on("connection", ({ handshake }) => seen.push(handshake.headers["x-token"]));
        const { tab, complained } = await open(host, door);
        const options = { ...WITH_CREDENTIALS, extraHeaders: { "X-Token": "t-1" } };
        expect(await converse(tab, door.url, POLLING, options)).toMatchObject(ALL_WELL);
        expect(seen).toEqual(["t-1"]);
        expect(complained).toEqual([]);
      });
    });

    test.each([
      { name: "a server that names nobody", options: {} },
      { name: "a server that names everybody", options: { cors: { origin: "*" } } },
      { name: "one that reflects", options: { cors: { origin: true, credentials: true } } },
    ])("keeps other pages from polling $name, yet not from its WebSocket", async ({ options }) => {
      door.serve(options, answering);
      const { tab, complained } = await open(UNNAMED, door);
      const asked: PageOptions[] = [{}, WITH_CREDENTIALS, { extraHeaders: { "X-Token": "t-1" } }];
      for (const each of asked) {
        expect(await failToConnect(tab, door.url, POLLING, each)).toBe("xhr poll error");
      }
      expect(await failToConnect(tab, door.url, UPGRADE)).toBe("xhr poll error");
      const blocked = complained.filter((text) => text.includes("blocked by CORS policy"));
      expect(blocked).toHaveLength(4);
      for (const why of blocked) expect(why).toContain("No 'Access-Control-Allow-Origin' header");
      expect(await converse(tab, door.url, WEBSOCKET)).toMatchObject(ALL_WELL);
    });
  });

  describe("naming every page, by *", () => {
    const door = doorWith(() => ({ CORS_ORIGINS: "*" }));

    test.each(CLIENT_MODES)("lets it speak without credentials: $name", async (mode) => {
      door.serve({ cors: { origin: true, credentials: true } }, answering);
      const { tab, complained } = await open("app.localhost", door);
      expect(await converse(tab, door.url, mode)).toMatchObject(ALL_WELL);
      expect(complained).toEqual([]);
    });

    test("keeps it from polling with credentials, whatever the server says", async () => {
      door.serve({ cors: { origin: true, credentials: true } }, answering);
      const { tab, complained } = await open("app.localhost", door);
      const failed = await failToConnect(tab, door.url, POLLING, WITH_CREDENTIALS);
      expect(failed).toBe("xhr poll error");
      expect(complained[0]).toContain("must not be the wildcard '*'");
    });
  });
});
