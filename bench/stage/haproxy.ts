import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, listening } from "./listening.ts";
import { startSilent } from "./program.ts";
import type { Program } from "./program.ts";

/** Debian keeps it out of an ordinary user's PATH. */
const HAPROXY = "/usr/sbin/haproxy";

export function isHaproxyThere(): boolean {
  try {
    execFileSync(HAPROXY, ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts a HAProxy of our own before one origin, in the foreground, with its file in a folder that goes with it. */
export async function startHaproxy(origin: string): Promise<Program & { readonly url: string }> {
  const folder = mkdtempSync(join(tmpdir(), "mooring-haproxy-"));
  const port = await freePort();
  const config = join(folder, "haproxy.cfg");
  writeFileSync(config, configFor(port, new URL(origin).host));
  const haproxy = startSilent(HAPROXY, ["-db", "-q", "-f", config]);
  const stop = async (): Promise<void> => {
    await haproxy.stop();
    rmSync(folder, { recursive: true });
  };
  try {
    await listening("HAProxy", port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: haproxy.pid, url: `http://127.0.0.1:${port}`, stop };
}

// As Socket.IO's documentation has it, a cookie for each server included. One thread, since nginx has one worker: what
// is compared is CPU, and more threads only add switches between them.
function configFor(port: number, origin: string): string {
  return `
global
  nbthread 1
  maxconn 8192

defaults
  mode http
  timeout connect 5s
  timeout client 120s
  timeout server 120s
  timeout tunnel 1h

frontend clients
  bind 127.0.0.1:${port} backlog 1024
  default_backend origins

backend origins
  balance leastconn
  option forwardfor
  cookie io prefix indirect nocache
  server origin ${origin} cookie origin
`;
}
