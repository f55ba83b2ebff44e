import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, listening } from "./listening.ts";
import type { Program } from "./program.ts";
import { startSilent } from "./program.ts";

export type Proxy = Program & { readonly url: string };

interface Setting {
  readonly command: string;
  readonly args: (folder: string, config: string) => readonly string[];
  readonly config: (folder: string, port: number) => string;
}

/** Whether the machine has it, by what shows its version. */
export function isInstalled(command: string): boolean {
  try {
    execFileSync(command, ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts one of our own in the foreground, with its files in a folder that goes with it. */
export async function startProxy({ command, args, config }: Setting): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), "mooring-proxy-"));
  chmodSync(folder, 0o755); // nginx's worker has a user of its own, who has to reach the folders of bodies below
  const port = await freePort();
  const path = join(folder, "proxy.conf");
  writeFileSync(path, config(folder, port));
  const program = startSilent(command, args(folder, path));
  const stop = async (): Promise<void> => {
    await program.stop();
    rmSync(folder, { recursive: true });
  };
  try {
    await listening(command, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: program.pid, url: `http://127.0.0.1:${port}`, stop };
}
