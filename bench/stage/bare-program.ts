// Runs a Worker with one class of objects, one of the bare ones or the edge's without its pool object, just as `mooring dev` runs the edge, on the same workerd with the same flags.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { RATE_LIMIT_SCRIPT } from "../../src/cli/rate-limit.ts";
import { WORKER_BUNDLE } from "../../src/cli/worker-bundle.ts";
import { RATE_LIMIT_FILE, WORKER_FILE, workerdConfig } from "../../src/cli/workerd-config.ts";
import { Workerd } from "../../src/cli/workerd.ts";
import { readConfigs } from "../../src/cli/wrangler-config.ts";

const [path = "", binding = "", className = "", origin = ""] = process.argv.slice(2);

const { worker } = readConfigs(process.cwd());
const bare = {
  ...worker,
  vars: {},
  durable_objects: { bindings: [{ name: binding, class_name: className }] },
};

const folder = await mkdtemp(join(tmpdir(), "mooring-bare-"));
const config = workerdConfig(
  { worker: bare, settings: bare, settingsPath: "" },
  // The bare Workers read the first, the edge the others, as `mooring dev` sets them.
  { ORIGIN: origin, ORIGINS: origin, CLIENT_ADDRESS: "socket" },
  { address: "127.0.0.1:0", storage: folder },
);
const bundle = await build({ ...WORKER_BUNDLE, entryPoints: [path], write: false });
await writeFile(join(folder, WORKER_FILE), bundle.outputFiles.map((file) => file.text).join(""));
await writeFile(join(folder, RATE_LIMIT_FILE), RATE_LIMIT_SCRIPT);
await writeFile(join(folder, "config.capnp"), config);

const workerd = new Workerd(join(folder, "config.capnp"));
process.once("SIGTERM", () => void stop());
console.log(`${className} is ready on http://127.0.0.1:${await workerd.port()}`);

async function stop(): Promise<void> {
  await workerd.stop();
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
}
