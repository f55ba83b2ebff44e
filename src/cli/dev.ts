import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomBytes } from "node:crypto";
import type { DevOptions } from "./dev-arguments.ts";
import { checkAddress } from "./free-address.ts";
import { checkHealth } from "./health.ts";
import { isSource, packageFile } from "./package-files.ts";
import { RATE_LIMIT_SCRIPT } from "./rate-limit.ts";
import { stopSignal } from "./stop-signal.ts";
import { bundleWorker } from "./worker-bundle.ts";
import { RATE_LIMIT_FILE, WORKER_FILE, workerdConfig } from "./workerd-config.ts";
import { WorkerdGuard } from "./workerd-guard.ts";
import { Workerd } from "./workerd.ts";
import type { WranglerConfig } from "./wrangler-config.ts";
import { readConfigs } from "./wrangler-config.ts";

/** Runs the edge until a signal asks for the end or workerd ends by itself; gives the exit code. */
export async function dev(options: DevOptions): Promise<number> {
  const stopped = stopSignal().then(() => "stop" as const);
  const folder = await mkdtemp(join(tmpdir(), "mooring-"));
  const guard = new WorkerdGuard(folder);
  let workerd: Workerd | undefined;
  try {
    const configPath = await Promise.race([stopped, prepare(folder, options)]);
    if (configPath === "stop") return 0;
    workerd = new Workerd(configPath);
    if (workerd.pid !== undefined) guard.watch(workerd.pid);
    const end = await Promise.race([stopped, serve(workerd, options)]);
    if (end === "stop") return 0;
    process.stderr.write(`workerd ended by itself (${end}), and with it the edge.\n`);
    return 1;
  } finally {
    await workerd?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    await guard.dismiss();
  }
}

/** Writes what workerd needs into a folder, and gives the path of its configuration. */
async function prepare(
  folder: string,
  { host, port, state, ...options }: DevOptions,
): Promise<string> {
  await checkAddress(host, port);
  const configs = readConfigs(process.cwd());
  process.stderr.write(`Settings: ${configs.settingsPath}\n`);
  const vars = { ...varsOf(options), ...tokenOf(options.vars, configs.settings.vars) };
  const config = workerdConfig(configs, vars, {
    address: `${urlHost(host)}:${port}`,
    storage: await storageFolder(state ?? join(folder, "objects")),
  });
  const script = await workerScript();
  await writeFile(join(folder, WORKER_FILE), script);
  await writeFile(join(folder, RATE_LIMIT_FILE), RATE_LIMIT_SCRIPT);
  const configPath = join(folder, "config.capnp");
  await writeFile(configPath, config);
  return configPath;
}

/** Says when it serves, and gives how it ended. */
async function serve(workerd: Workerd, { host }: DevOptions): Promise<string> {
  const port = await workerd.port();
  await checkHealth(host, port);
  process.stdout.write(`Mooring is ready on http://${urlHost(host)}:${port}\n`);
  return workerd.ended;
}

function workerScript(): Promise<string> {
  return isSource ? bundleWorker() : readFile(packageFile("dist/edge/worker.js"), "utf8");
}

/** The settings that are not wrangler.toml's. */
function varsOf({
  origins,
  vars,
}: Pick<DevOptions, "origins" | "vars">): Record<string, string | string[]> {
  return {
    // Clients are on the other end of workerd's own socket, with nobody between to say who they are.
    CLIENT_ADDRESS: "socket",
    ...(origins.length > 0 ? { ORIGINS: [...origins] } : {}),
    ...vars,
  };
}

/** The secret of management: --var's, the environment's, wrangler.toml's, or else one of this run. */
function tokenOf(
  given: DevOptions["vars"],
  configured: WranglerConfig["vars"],
): Record<string, string> {
  const inherited = process.env["MOORING_TOKEN"];
  if (given["MOORING_TOKEN"] !== undefined) return {};
  if (inherited !== undefined && inherited !== "") return { MOORING_TOKEN: inherited };
  if (configured?.["MOORING_TOKEN"] !== undefined) return {};
  const token = randomBytes(24).toString("base64url");
  process.stderr.write(`MOORING_TOKEN is not set. Made up for this run: ${token}\n`);
  return { MOORING_TOKEN: token };
}

function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

async function storageFolder(path: string): Promise<string> {
  const folder = resolve(path);
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`--state: expected a folder, got ${JSON.stringify(path)} (${why}).`, { cause });
  }
  return folder;
}
