import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { CLIENT_MODES, connected, createClient } from "../support/clients.ts";
import { Demo, NODE, NPM } from "../support/demo.ts";
import { portOf } from "../support/origin.ts";

const NAMES = ["amber", "birch", "cedar"];
/** A process that has ended counts as one until its parent, or init in its place, has taken notice. */
const REAPED = { timeout: 10_000 };
const BROWSER = findBrowser();
if (BROWSER === undefined) {
  process.stderr.write("No Chromium on the PATH: the demonstration's page is not driven.\n");
}

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

  describe.skipIf(BROWSER === undefined)("its page in Chromium", () => {
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

test("refuses a port that is none", async () => {
  const demo = new Demo(NODE, "--port", "70000");
  onTestFinished(() => demo.kill());
  expect(await demo.printed(/--port: .*/)).toBe(
    '--port: expected a port from 0 to 65535, got "70000"',
  );
});

function drivePage(demo: () => Demo): void {
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      ...(BROWSER === undefined ? {} : { executablePath: BROWSER }),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    page = await browser.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (fault) => faults.push(fault.message));
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    await page.goto(await demo().page());
  });
  afterAll(() => browser.close());

  const moored = async (): Promise<string> => {
    const name = await page.locator(".origins .moored strong").textContent();
    return name ?? "";
  };
  const speaks = (transport: string): Promise<void> =>
    page.getByText(`This tab speaks ${transport} with the edge`).waitFor();

  test("shows the upgrade, and the one server that the session is moored to", async () => {
    await speaks("WebSocket");
    await page.locator("#steps li", { hasText: "upgraded to WebSocket" }).waitFor();
    const name = await moored();
    expect(NAMES).toContain(name);
    expect(await page.title()).toBe(`${name} · Mooring`);
    await page.getByRole("heading", { name: `As ${name} sees it` }).waitFor();
  });

  test("shows an echo with its time, and a message that came back from the server", async () => {
    await page.getByLabel("Message", { exact: true }).fill("ahoy");
    await page.getByRole("button", { name: "Echo to me" }).click();
    await page.locator("#messages li", { hasText: "ahoy" }).waitFor();
    await page.getByLabel("Message", { exact: true }).fill("all hands");
    await page.keyboard.press("Enter");
    await page.locator("#messages li", { hasText: "all hands" }).waitFor();
    expect(await page.locator("#messages li").allTextContents()).toEqual([
      expect.stringMatching(/^echoahoy[\d.]+ ms$/),
      "youall hands",
    ]);
    expect(await page.locator("#latency").textContent()).toMatch(/^[\d.]+ ms$/);
  });

  test("changes the transport by its switches", async () => {
    await page.getByLabel("Automatic").check();
    // Now or soon in its upgrade, which is then no news of the next session.
    await page.getByLabel("Polling only").check();
    await speaks("polling");
    expect(await page.locator("#steps li").allTextContents()).toEqual([
      expect.stringMatching(/ms ?opened by polling$/),
      expect.stringMatching(/ms ?moored to \w+$/),
    ]);
    await page.getByLabel("WebSocket only").check();
    await speaks("WebSocket");
    await page.locator("#steps li", { hasText: "opened by WebSocket" }).waitFor();
    expect(await page.getByRole("link", { name: "Open a second tab" }).getAttribute("href")).toBe(
      "./?transport=websocket",
    );
  });

  test("disconnects, connects again, and has had no fault so far", async () => {
    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByText("This tab has no session.").waitFor();
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await speaks("WebSocket");
    expect(faults).toEqual([]);
  });

  test("comes back on another server when its own is killed, and the terminal says which", async () => {
    const lost = await moored();
    const pid = await demo().processOf(lost);
    process.kill(pid, "SIGKILL");
    await demo().printed(new RegExp(`${lost} \\(process ${pid}\\) has ended: SIGKILL`));
    await page.locator(".origins .moored strong", { hasNotText: lost }).waitFor();
    expect(NAMES).toContain(await moored());
  });
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

function findBrowser(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return ["chromium", "chromium-browser", "google-chrome"]
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}
