import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { io } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import socketIo from "socket.io/package.json" with { type: "json" };
import manifest from "../../package.json" with { type: "json" };
import workersTypes from "@cloudflare/workers-types/package.json" with { type: "json" };
import { run, type CommandOptions, type Ending } from "../support/command.ts";
import { MooringDev, ROOT } from "../support/mooring-dev.ts";
import { startOrigin } from "../support/origin.ts";

/** A user's own project, into which the packed package gets installed. */
const project = mkdtempSync(join(tmpdir(), "mooring-package-"));

/** What a user has: the machine's own Node, not the one that this repository installs for itself. */
const asUser: CommandOptions = {
  cwd: project,
  env: { ...process.env, PATH: machinePath(process.env.PATH ?? "") },
};

function machinePath(path: string): string {
  const entries = path.split(delimiter);
  return entries.filter((entry) => !entry.includes("node_modules")).join(delimiter);
}

async function succeed(line: readonly string[], options: CommandOptions): Promise<Ending> {
  const ending = await run(line, options);
  if (ending.code === 0) return ending;
  throw new Error(
    `${line.join(" ")}: expected exit code 0, got ${ending.code}:\n${ending.stderr}${ending.stdout}`,
  );
}

const WORKER = `
import mooring, { SessionObject, type Env as MooringEnv } from "mooring";

export { SessionObject };

interface Env {
  SESSIONS: DurableObjectNamespace<SessionObject>;
  ORIGINS: string;
  GREETING: string;
}

export const needed = (env: Env): MooringEnv => env;

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/hello") return new Response(env.GREETING);
    return mooring.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
`;

/** Two servers with the adapter, which end when each knows the other. */
const SERVERS = `
const servers = [new Server(0), new Server(0)];
for (const io of servers) {
  io.adapter(createAdapter({ url: process.argv[2], token: process.argv[3] }));
}
const timer = setInterval(async () => {
  const counts = await Promise.all(servers.map((io) => io.of("/").adapter.serverCount()));
  if (counts.some((count) => count < 2)) return;
  clearInterval(timer);
  console.log(process.version, counts);
  for (const io of servers) io.close();
}, 10);
`;

const SERVER_FILES = {
  "servers.mjs": `import { Server } from "socket.io";
import { createAdapter } from "mooring/origin";${SERVERS}`,
  "servers.cjs": `const { Server } = require("socket.io");
const { createAdapter } = require("mooring/origin");${SERVERS}`,
};

const TYPED_SERVER = `
import { Server } from "socket.io";
import { createAdapter, Emitter } from "mooring/origin";

const token = "a-token-of-the-tests";
export const io = new Server({ adapter: createAdapter({ url: "https://edge.example.com", token }) });
io.adapter(createAdapter({ url: new URL("https://edge.example.com"), token, closeOn: ["SIGTERM"] }));

interface Events {
  news: (title: string, at: number) => void;
  question: (ack: (answer: string) => void) => void;
}
const emitter = new Emitter<Events>({ url: "https://edge.example.com", token });
export const isOnItsWay: boolean = emitter.to("room1").volatile.emit("news", "hello", 1);
// @ts-expect-error -- The second argument is a number.
emitter.emit("news", "hello", "1");
// @ts-expect-error -- Nobody would get its ack.
emitter.emit("question", () => {});
`;

const WRANGLER_TOML = `
name = "mine"
main = "worker.ts"
compatibility_date = "2026-10-01"
durable_objects.bindings = [{ name = "SESSIONS", class_name = "SessionObject" }]
migrations = [{ tag = "v1", new_sqlite_classes = ["SessionObject"] }]
`;

beforeAll(async () => {
  writeFileSync(join(project, "worker.ts"), WORKER);
  writeFileSync(join(project, "wrangler.toml"), WRANGLER_TOML);
  for (const [file, text] of Object.entries(SERVER_FILES)) writeFileSync(join(project, file), text);
  for (const file of ["server.mts", "server.cts"]) writeFileSync(join(project, file), TYPED_SERVER);
  writeFileSync(join(project, "package.json"), `{ "private": true, "type": "module" }\n`);
  await succeed(["npm", "pack", "--silent", "--pack-destination", project], { cwd: ROOT });
  const packages = [
    join(project, `mooring-${manifest.version}.tgz`),
    `@cloudflare/workers-types@${workersTypes.version}`,
    `socket.io@${socketIo.version}`,
  ];
  await succeed(
    ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund", ...packages],
    asUser,
  );
}, 180_000);

afterAll(() => rmSync(project, { recursive: true, force: true, maxRetries: 10 }));

describe("the npm package", () => {
  test("has what is built, and nothing else", () => {
    const folder = join(project, "node_modules/mooring");
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const paths = files.map((file) => relative(folder, join(file.parentPath, file.name)));
    // npm takes the README along whatever package.json says.
    expect(paths.filter((path) => path !== "README.md").toSorted()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "dist/THIRD-PARTY-NOTICES.txt",
      "dist/cli/main.js",
      "dist/edge/worker.d.ts",
      "dist/edge/worker.js",
      "dist/origin/origin.cjs",
      "dist/origin/origin.d.cts",
      "dist/origin/origin.d.ts",
      "dist/origin/origin.js",
      "package.json",
      "wrangler.toml",
    ]);
  });

  test("goes with the licence of every library that is built into it", () => {
    const notices = readFileSync(
      join(project, "node_modules/mooring/dist/THIRD-PARTY-NOTICES.txt"),
      "utf8",
    );
    expect(notices.match(/^# .+/gm)).toEqual([
      "# @msgpack/msgpack",
      "# hono",
      "# smol-toml",
      "# valibot",
    ]);
    expect(notices.match(/^Copyright /gm)).toHaveLength(4);
  });

  test("runs the edge on the machine's own Node by npx", async () => {
    const origin = await startOrigin({}, (server) => {
      server.on("connection", (socket) => {
        socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
      });
    });
    onTestFinished(() => origin.stop());
    const edge = await MooringDev.start(["--origin", origin.url], asUser, ["npx", "mooring"]);
    onTestFinished(() => edge.command.signalGroup("SIGKILL"));
    const client = io(edge.url, { forceNew: true, reconnection: false });
    onTestFinished(() => void client.close());
    expect(await client.timeout(10_000).emitWithAck("echo", "ahoy")).toBe("ahoy");
    // As a terminal's Ctrl-C: npx itself passes on no signal to what it runs.
    edge.command.signalGroup("SIGINT");
    await edge.command.ended;
    await expect(edge.status("/mooring/health")).rejects.toThrow("fetch failed");
  });

  test("says by npx which version it is", async () => {
    const { stdout } = await succeed(["npx", "mooring", "--version"], asUser);
    expect(stdout).toBe(`${manifest.version}\n`);
  });

  // The strictest of users' compilers, which checks the declarations that it imports too.
  test.each([
    ["esnext", "bundler"],
    ["nodenext", "nodenext"],
  ])("has types for a Worker that mounts it, with module %s", async (module, moduleResolution) => {
    const compilerOptions = {
      module,
      moduleResolution,
      target: "es2024",
      lib: ["es2024"],
      types: ["@cloudflare/workers-types"],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    };
    const config = join(project, `tsconfig.${module}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ["worker.ts"] }));
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    expect(await run([process.execPath, tsc, "-p", config], asUser)).toMatchObject({
      code: 0,
      stdout: "",
    });
  });

  test.each(Object.keys(SERVER_FILES))(
    "is two lines in a Socket.IO server, as in %s, on the machine's own Node",
    async (file) => {
      const token = "a-token-of-the-tests";
      const args = ["--origin", "http://127.0.0.1:9", "--var", `MOORING_TOKEN=${token}`];
      const edge = await MooringDev.start(args, asUser, ["npx", "mooring"]);
      onTestFinished(() => edge.command.signalGroup("SIGKILL"));
      const { stdout, stderr } = await succeed(["node", file, edge.url, token], asUser);
      expect(stdout).toMatch(/^v\d+\.\d+\.\d+ \[ 2, 2 \]\n$/);
      expect(stderr).toBe("");
    },
  );

  test.each(["server.mts", "server.cts"])("has types for a server, as in %s", async (file) => {
    const compilerOptions = {
      module: "nodenext",
      target: "es2023",
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    };
    const config = join(project, `tsconfig.${file}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }));
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    expect(await run([process.execPath, tsc, "-p", config], asUser)).toMatchObject({
      code: 0,
      stdout: "",
    });
  });

  test("deploys as part of a Worker that mounts it", async () => {
    const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
    const dryRun = ["deploy", "--dry-run", "--outdir", join(project, "out")];
    await succeed([process.execPath, wrangler, ...dryRun], asUser);
    const script = readFileSync(join(project, "out/worker.js"), "utf8");
    expect(script).toMatch(/export \{[^}]*\bSessionObject\b[^}]*\bdefault\b/);
  });
});
