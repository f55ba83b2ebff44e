import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const root = new URL("../..", import.meta.url).pathname;

let folder = "";
let output = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mooring-deploy-"));
  const command = ["wrangler", "deploy", "--dry-run", "--outdir", folder];
  const { stdout, stderr } = await run("npx", command, { cwd: root });
  output = stdout + stderr;
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test("wrangler takes the configuration as it is, without a warning", () => {
  expect(output).toContain("--dry-run: exiting now.");
  expect(output).not.toMatch(/warning|deprecated|unexpected fields/i);
});

test("binds the session objects and the origins", () => {
  expect(output).toMatch(/env\.SESSIONS \(SessionObject\)\s+Durable Object/);
  expect(output).toMatch(/env\.ORIGINS/);
});

test("uploads a Worker that exports the object's class", async () => {
  const worker = await readFile(join(folder, "worker.js"), "utf8");
  expect(worker).toMatch(/export \{[^}]*\bSessionObject\b[^}]*\}/);
});

test("keeps query strings, and the session ids in them, out of the logs", async () => {
  const configuration = await readFile(join(root, "wrangler.toml"), "utf8");
  expect(configuration).toMatch(
    /\[observability\]\nenabled = true\n(.*\n)*redact_query_string = true/,
  );
});
