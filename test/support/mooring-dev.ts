import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Command, type CommandOptions, type Ending } from "./command.ts";

export const ROOT = join(import.meta.dirname, "../..");

/** The command, as it is run from sources. */
export const MOORING = [process.execPath, join(ROOT, "src/cli/main.ts")];

/** Runs the command to its end, which the end of the test is at the latest. */
export function endOfMooring(args: readonly string[], options?: CommandOptions): Promise<Ending> {
  const command = new Command([...MOORING, ...args], options);
  onTestFinished(() => command.signalGroup("SIGKILL"));
  return command.ended;
}

/** `mooring dev` on a free port, for those who test the command itself. */
export class MooringDev {
  readonly command: Command;
  readonly url: string;

  constructor(command: Command, url: string) {
    this.command = command;
    this.url = url;
  }

  /** Starts it and waits for its line. Whoever starts it stops it. */
  static async start(
    args: readonly string[] = [],
    options?: CommandOptions,
    program: readonly string[] = MOORING,
  ): Promise<MooringDev> {
    const command = new Command([...program, "dev", "--port", "0", ...args], options);
    const [, url = ""] = await command.says("stdout", /^Mooring is ready on (\S+)\n/);
    return new MooringDev(command, url);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async status(path: string): Promise<number> {
    const response = await fetch(this.url + path);
    await response.body?.cancel();
    return response.status;
  }

  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ending> {
    this.command.signal(signal);
    return this.command.ended;
  }
}

/** A folder of this test's own, gone when it ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mooring-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

/** Such a folder with a wrangler.toml in it. */
export function folderWith(wranglerToml: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "wrangler.toml"), wranglerToml);
  return folder;
}
