import { once } from "node:events";
import { createServer } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { CHROMIUM } from "../support/chromium.ts";
import { CLIENT_MODES, connected, createClient } from "../support/clients.ts";
import { Demo, DEMO_TOKEN, NODE, NPM } from "../support/demo.ts";
import { DemoPage, launchBrowser } from "../support/demo-page.ts";
import { portOf } from "../support/origin.ts";

const NAMES = ["amber", "birch", "cedar"];
/** A process that has ended counts as one until its parent, or init in its place, has taken notice. */
const REAPED = { timeout: 10_000 };

/** What a server of the demonstration tells a client of it, as far as it is of interest here. */
interface View {
  readonly name: string;
  readonly transport: string;
  readonly forwardedFor: string;
}

describe("the running demonstration", () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = new Demo(NPM, "--port", "0", "--edge-port", "0");
    await demo.printed(/Ctrl-C stops all of it/);
  });
  afterAll(() => demo.kill());

  test("prints where the page, the edge and each of the three servers are", async () => {
    expect(demo.output).toMatch(/Page\s+http:\/\/127\.0\.0\.1:\d+\/ /);
    expect(demo.output).toMatch(/Edge\s+http:\/\/127\.0\.0\.1:\d+\n/);
    const processes = await Promise.all(NAMES.map((name) => demo.processOf(name)));
    expect(new Set(processes).size).toBe(NAMES.length);
  });

  test("serves the page and every file that it names, and nothing beside them", async () => {
    const page = await demo.page();
    const html = await (await fetch(page)).text();
    const names = Array.from(html.matchAll(/(?:src|href)="([\w-]+\.\w+)"/g), ([, name]) => name);
    expect(names).toContain("app.js");
    for (const name of names) expect(await statusOf(`${page}${name}`)).toBe(200);
    expect(await statusOf(`${page}facts.ts`)).toBe(404);
    expect(await statusOf(`${page}..%2fstart.ts`)).toBe(404);
  });

  test("keeps the edge's token from the page", async () => {
    const page = await demo.page();
    const config = await fetch(`${page}config.json`);
    const status = await fetch(`${page}origins`);
    const told = (await config.text()) + (await firstOf(status));
    expect(told).toContain("amber");
    expect(told).not.toContain(DEMO_TOKEN);
  });

  test("takes orders from its own page alone", async () => {
    const page = await demo.page();
    const kill = `${page}origins/amber/kill`;
    expect(await statusOf(kill, { method: "POST" })).toBe(403);
    const headers = { origin: "http://127.0.0.1:1" };
    expect(await statusOf(kill, { method: "POST", headers })).toBe(403);
    expect(await statusOf(kill)).toBe(405);
    expect(process.kill(await demo.processOf("amber"), 0)).toBe(true);
  });

  test("lets the page have the client bundle through the edge", async () => {
    const origin = new URL(await demo.page()).origin;
    const url = `${await demo.edge()}/socket.io/socket.io.esm.min.js`;
    const response = await fetch(url, { headers: { origin } });
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe(origin);
  });

  test.each(CLIENT_MODES)("answers a client, $name, from a named server", async (mode) => {
    const socket = createClient(await demo.edge(), mode);
    const viewed = new Promise<View>((resolve) => void socket.once("view", resolve));
    await connected(socket, mode);
    const { name, transport, forwardedFor } = await viewed;
    expect(NAMES).toContain(name);
    expect({ transport, forwardedFor }).toEqual({
      transport: "websocket",
      forwardedFor: "127.0.0.1",
    });
    expect(await socket.timeout(5_000).emitWithAck("echo", "ahoy")).toBe("ahoy");
    expect(socket.io.engine.transport.name).toBe(mode.transports.at(-1));
  });

  describe.skipIf(CHROMIUM === undefined)("its page in Chromium", () => {
    drivePage(() => demo);
  });

  test("ends every process on Ctrl-C", async () => {
    await demo.stop("SIGINT", true);
    await expect.poll(() => demo.lives, REAPED).toBe(false);
  });
});

test("goes on to free ports where its own are taken, says so, and ends on SIGTERM", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  onTestFinished(() => void taken.close());
  const port = portOf(taken);

  const demo = new Demo(NODE, "--port", String(port), "--edge-port", String(port));
  onTestFinished(() => demo.kill());
  await demo.printed(/Ctrl-C stops all of it/);
  const [page, edge] = [new URL(await demo.page()).port, new URL(await demo.edge()).port];
  expect(new Set([String(port), page, edge]).size).toBe(3);
  expect(demo.output).toContain(`Port ${port} is taken, so the page is on ${page}.`);
  expect(demo.output).toContain(`Port ${port} is taken, so the edge is on ${edge}.`);

  expect(await demo.stop("SIGTERM")).toBe(0);
  await expect.poll(() => demo.lives, REAPED).toBe(false);
});

test("ends every process when npm is ended alone", async () => {
  const demo = new Demo(NPM, "--port", "0", "--edge-port", "0");
  onTestFinished(() => demo.kill());
  await demo.printed(/Ctrl-C stops all of it/);
  await demo.stop("SIGTERM");
  await expect.poll(() => demo.lives, REAPED).toBe(false);
});

test("ends every process when it is killed itself", async () => {
  const demo = new Demo(NODE, "--port", "0", "--edge-port", "0");
  onTestFinished(() => demo.kill());
  await demo.printed(/Ctrl-C stops all of it/);
  expect(await demo.stop("SIGKILL")).toBe("SIGKILL");
  await expect.poll(() => demo.lives, REAPED).toBe(false);
});

test("refuses a port that is none", async () => {
  const demo = new Demo(NODE, "--port", "70000");
  onTestFinished(() => demo.kill());
  expect(await demo.printed(/--port: .*/)).toBe(
    '--port: expected a port from 0 to 65535, got "70000"',
  );
});

function drivePage(demo: () => Demo): void {
  let browser: Browser;
  let tab: DemoPage;

  beforeAll(async () => {
    browser = await launchBrowser();
    tab = await DemoPage.open(browser, await demo().page());
  });
  afterAll(() => browser.close());

  test("shows the upgrade, and the one server that the session is moored to", async () => {
    await tab.speaks("WebSocket");
    await tab.steps.filter({ hasText: "upgraded to WebSocket" }).waitFor();
    const name = await tab.moored();
    expect(NAMES).toContain(name);
    expect(await tab.page.title()).toBe(`${name} · Mooring`);
    await tab.page.getByRole("heading", { name: `As ${name} sees it` }).waitFor();
  });

  test("shows an echo with its time, and a message that came back from the server", async () => {
    await tab.page.getByLabel("Message", { exact: true }).fill("ahoy");
    await tab.press("Echo to me");
    await tab.heard("ahoy").waitFor();
    await tab.say("all hands");
    await tab.heard("all hands").waitFor();
    expect(await tab.page.locator("#messages li").allTextContents()).toEqual([
      expect.stringMatching(/^echoahoy[\d.]+ ms$/),
      `youall hands${await tab.moored()}`,
    ]);
    expect(await tab.page.locator("#latency").textContent()).toMatch(/^[\d.]+ ms$/);
  });

  test("changes the transport by its switches", async () => {
    await tab.page.getByLabel("Automatic").check();
    // Now or soon in its upgrade, which is then no news of the next session.
    await tab.page.getByLabel("Polling only").check();
    await tab.speaks("polling");
    expect(await tab.steps.allTextContents()).toEqual([
      expect.stringMatching(/ms ?opened by polling$/),
      expect.stringMatching(/ms ?moored to \w+$/),
    ]);
    await tab.page.getByLabel("WebSocket only").check();
    await tab.speaks("WebSocket");
    await tab.steps.filter({ hasText: "opened by WebSocket" }).waitFor();
    const second = tab.page.getByRole("link", { name: "Open a second tab" });
    expect(await second.getAttribute("href")).toBe("./?transport=websocket");
  });

  test("disconnects, connects again, and has had no fault so far", async () => {
    await tab.press("Disconnect");
    await tab.page.getByText("This tab has no session.").waitFor();
    await tab.press("Connect");
    await tab.speaks("WebSocket");
    expect(tab.faults).toEqual([]);
  });

  test("brings what one tab says to a tab at another server", async () => {
    const other = await DemoPage.open(browser, await demo().page());
    onTestFinished(() => other.page.close());
    const isElsewhere = async (): Promise<boolean> => {
      if ((await other.moored()) !== (await tab.moored())) return true;
      await other.press("New session");
      return false;
    };
    await expect.poll(isElsewhere, { timeout: 10_000 }).toBe(true);
    await other.say("ship ahoy");
    const by = await tab.heard("ship ahoy").locator("small").textContent();
    expect(by).toBe(await other.moored());
  });

  test("goes on with the same session when its server is killed by the button", async () => {
    const [lost, before] = [await tab.moored(), await tab.identity()];
    const pid = await demo().processOf(lost);
    await tab.press(`Kill ${lost}`);
    await demo().printed(new RegExp(`${lost} \\(process ${pid}\\) has ended: SIGKILL`));
    await tab.movedFrom(lost);
    await tab.goesOn();

    expect(await demo().processAfter(lost)).not.toBe(pid);
    const again = tab.page.locator(`.origins [data-origin="${lost}"]`, { hasText: "0 clients" });
    await again.waitFor();
    await tab.goesOn();
    expect(await tab.identity()).toEqual(before);
    expect(await tab.losses()).toEqual(["0", "0", "0"]);
    expect(tab.faults).toEqual([]);
  });

  test("moves on from servers that its button drains, but not from the last", async () => {
    const before = await tab.identity();
    for (let drained = 1; drained < NAMES.length; drained += 1) {
      const left = await tab.moored();
      await tab.press(`Drain ${left}`);
      await tab.movedFrom(left);
    }
    const last = await tab.moored();
    for (const verb of ["Kill", "Drain"]) {
      const name = `${verb} ${last}: the last one to take sessions`;
      expect(await tab.page.getByRole("button", { name }).isDisabled()).toBe(true);
    }
    await tab.goesOn();
    expect(await tab.identity()).toEqual(before);
    expect(await tab.losses()).toEqual(["0", "0", "0"]);

    const drained = tab.page.getByRole("button", { name: /^Take \w+ back$/ });
    await drained.first().click();
    await tab.page.getByRole("button", { name: `Kill ${last}`, exact: true }).waitFor();
    expect(await drained.count()).toBe(1);
  });
}

async function statusOf(url: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url, init);
  await response.arrayBuffer();
  return response.status;
}

/** What a stream of events says first. */
async function firstOf({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return new TextDecoder().decode(value);
}
