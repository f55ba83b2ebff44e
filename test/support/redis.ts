import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { onTestFinished } from "vitest";
import { freePort } from "./free-port.ts";

/** Where Debian's package has it. */
const REDIS = "/usr/bin/redis-server";

export const hasRedis = existsSync(REDIS);

/** A Redis that keeps nothing on disk, and its port. It goes when the test does. */
export async function startRedis(): Promise<number> {
  const port = await freePort();
  const settings = [
    "--bind",
    "127.0.0.1",
    "--port",
    String(port),
    "--save",
    "",
    "--appendonly",
    "no",
  ];
  const child = spawn(REDIS, settings, { stdio: ["ignore", "pipe", "ignore"] });
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const exited = once(child, "exit").then(() => void process.off("exit", killWithUs));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  let said = "";
  while (!said.includes("Ready to accept connections")) {
    const chunk = await Promise.race([once(child.stdout, "data"), exited]);
    if (chunk === undefined) throw new Error(`Expected Redis to serve, got an exit:\n${said}`);
    said += String(chunk[0]);
  }
  return port;
}
