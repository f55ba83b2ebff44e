import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { DevOptions } from "./arguments.ts";
import { checkAddress } from "./free-address.ts";
import { checkHealth } from "./health.ts";
import { isSource, packageFile } from "./package-files.ts";
import { stopSignal } from "./stop-signals.ts";
import { bundleWorker } from "./worker-bundle.ts";
import { workerOptions } from "./worker-options.ts";
import type { Workerd } from "./workerd.ts";
import { WorkerdGuard } from "./workerd-guard.ts";
import { readConfigs } from "./wrangler-config.ts";

/** Runs the edge until a signal asks for the end or workerd ends by itself; gives the exit code. */
export async function dev(options: DevOptions): Promise<number> {
  const stopped = stopSignal().then(() => 0);
  const folder = await mkdtemp(join(tmpdir(), "mooring-"));
  useForTemporaryFiles(folder);
  const guard = new WorkerdGuard(folder);
  // Miniflare is long in coming. A signal that arrives meanwhile is one to obey already.
  const { Workerd } = await import("./workerd.ts");
  const workerd = new Workerd(guard);
  try {
    const code = await Promise.race([stopped, start(workerd, options)]);
    if (code !== undefined) return code;
    return await Promise.race([stopped, workerd.ended.then(reportEnd)]);
  } finally {
    await workerd.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    await guard.dismiss();
  }
}

async function start(workerd: Workerd, options: DevOptions): Promise<void> {
  const { host, state } = options;
  await checkAddress(host, options.port);
  const configs = readConfigs(process.cwd());
  process.stderr.write(`Settings: ${configs.settingsPath}\n`);
  const worker = workerOptions(await workerScript(), configs, varsOf(options));
  const storage = state === undefined ? undefined : await storageFolder(state);
  const port = await workerd.start(worker, options, storage);
  await checkHealth(host, port);
  process.stdout.write(`Mooring is ready on http://${isIPv6(host) ? `[${host}]` : host}:${port}\n`);
}

function workerScript(): Promise<string> {
  return isSource ? bundleWorker() : readFile(packageFile("dist/edge/worker.js"), "utf8");
}

/** The settings that are not wrangler.toml's. */
function varsOf({ origins, vars }: DevOptions): Record<string, string | string[]> {
  return {
    // Clients are on the other end of workerd's own sockets, with nobody between to say who they are.
    CLIENT_ADDRESS: "socket",
    ...(origins.length > 0 ? { ORIGINS: [...origins] } : {}),
    ...vars,
  };
}

async function storageFolder(state: string): Promise<string> {
  const folder = resolve(state);
  await mkdir(folder, { recursive: true });
  return folder;
}

// Miniflare keeps what it needs for a run under the system's folder for such, and leaves it there when it is killed.
function useForTemporaryFiles(folder: string): void {
  for (const name of ["TMPDIR", "TMP", "TEMP"]) process.env[name] = folder;
}

function reportEnd(how: string): number {
  process.stderr.write(`workerd ended by itself (${how}), and with it the edge.\n`);
  return 1;
}
