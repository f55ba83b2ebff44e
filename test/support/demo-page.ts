import { chromium, type Browser, type Locator, type Page } from "playwright-core";
import { vi } from "vitest";
import { ARGUMENTS, CHROMIUM } from "./chromium.ts";

export async function launchBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error("Expected a browser on the PATH, got none.");
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

/** A tab with the demonstration's page. */
export class DemoPage {
  readonly page: Page;
  /** What the page or its console complained of. */
  readonly faults: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (fault) => this.faults.push(fault.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.faults.push(message.text());
    });
  }

  static async open(browser: Browser, url: string): Promise<DemoPage> {
    const tab = new DemoPage(await browser.newPage());
    await tab.page.goto(url);
    return tab;
  }

  /** The server that the session is moored to. */
  async moored(): Promise<string> {
    return (await this.page.locator(".origins .moored strong").textContent()) ?? "";
  }

  movedFrom(name: string): Promise<void> {
    return this.page.locator(".origins .moored strong", { hasNotText: name }).waitFor();
  }

  speaks(transport: string): Promise<void> {
    return this.page.getByText(`This tab speaks ${transport} with the edge`).waitFor();
  }

  press(name: string): Promise<void> {
    return this.page.getByRole("button", { name, exact: true }).click();
  }

  async say(text: string): Promise<void> {
    await this.page.getByLabel("Message", { exact: true }).fill(text);
    await this.page.keyboard.press("Enter");
  }

  heard(text: string): Locator {
    return this.page.locator("#messages li", { hasText: text });
  }

  get steps(): Locator {
    return this.page.locator("#steps li");
  }

  /** What would be otherwise in another session. */
  identity(): Promise<(string | null)[]> {
    const facts = this.page.locator("#client-facts dt");
    return Promise.all(
      ["Engine.IO sid", "Socket id"].map((name) =>
        facts.filter({ hasText: name }).locator("+ dd").textContent(),
      ),
    );
  }

  /** How many numbers it has missed and got twice, and how often it was disconnected. */
  losses(): Promise<string[]> {
    return this.page.locator("#missed, #doubled, #disconnects").allTextContents();
  }

  /** Resolves once servers have gone on counting for the session. */
  async goesOn(): Promise<void> {
    const before = await this.#count();
    const more = async (): Promise<void> => {
      const now = await this.#count();
      if (now < before + 3) throw new Error(`Expected more than ${before + 2}, got ${now}.`);
    };
    await vi.waitFor(more, { timeout: 10_000 });
  }

  async #count(): Promise<number> {
    return Number(await this.page.locator("#count").textContent());
  }
}
