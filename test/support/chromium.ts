import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** The machine's own browser; `undefined` where there is none. */
export const CHROMIUM = findChromium();

if (CHROMIUM === undefined) {
  process.stderr.write(
    `No browser on the PATH (${NAMES.join(", ")}): what needs one is skipped.\n`,
  );
}

// It runs as root and without a screen here, and is to ask no host for updates.
export const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface ChromiumOptions {
  /** Blocked, as a user may have it: no cookie is set or sent on requests to another site than the page's. */
  readonly thirdPartyCookies?: "allowed" | "blocked";
}

/** A browser for all tests of a block; each test has tabs of its own, and all of them the same cookies. */
export class Chromium {
  #context: BrowserContext | undefined;
  #profile: string | undefined;

  async start({ thirdPartyCookies = "allowed" }: ChromiumOptions): Promise<void> {
    if (CHROMIUM === undefined) throw new Error("Expected a browser on the PATH, got none.");
    this.#profile = await mkdtemp(join(tmpdir(), "mooring-chromium-"));
    await mkdir(join(this.#profile, "Default"));
    const preferences = {
      profile: { cookie_controls_mode: thirdPartyCookies === "blocked" ? 1 : 0 },
    };
    await writeFile(join(this.#profile, "Default", "Preferences"), JSON.stringify(preferences));
    this.#context = await chromium.launchPersistentContext(this.#profile, {
      executablePath: CHROMIUM,
      args: ARGUMENTS,
    });
  }

  async stop(): Promise<void> {
    await this.#context?.close();
    if (this.#profile !== undefined) {
      await rm(this.#profile, { recursive: true, force: true, maxRetries: 10 });
    }
  }

  /** A tab, which is closed when the test ends. */
  async tab(): Promise<Page> {
    if (this.#context === undefined) throw new Error("Expected a running browser, got none.");
    const page = await this.#context.newPage();
    onTestFinished(() => page.close());
    return page;
  }

  async forgetCookies(): Promise<void> {
    await this.#context?.clearCookies();
  }
}

/** Starts a browser before the tests of the file (or block) and ends it after them. */
export function inChromium(options: ChromiumOptions = {}): Chromium {
  const browser = new Chromium();
  beforeAll(() => browser.start(options));
  afterAll(() => browser.stop());
  return browser;
}

function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) =>
    existsSync(path),
  );
}
