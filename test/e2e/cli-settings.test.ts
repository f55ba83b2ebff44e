import { readdirSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { CommandOptions } from "../support/command.ts";
import { endOfMooring, folderWith, MooringDev, temporaryFolder } from "../support/mooring-dev.ts";

async function startDev(args: readonly string[], options?: CommandOptions): Promise<MooringDev> {
  const edge = await MooringDev.start(args, options);
  onTestFinished(async () => {
    await edge.stop();
  });
  return edge;
}

/** Which of these is the Engine.IO path: there, a wrong version is refused; elsewhere, nothing is served. */
async function enginePaths(edge: MooringDev, paths: readonly string[]): Promise<string[]> {
  const statuses = await Promise.all(
    paths.map((path) => edge.status(`${path}?EIO=3&transport=polling`)),
  );
  return paths.filter((_, index) => statuses[index] === 400);
}

const PATHS = ["/socket.io/", "/engine.io/", "/a=b/c/"];

const OURS = `
name = "front-door"
compatibility_date = "2026-10-01"
durable_objects.bindings = [{ name = "SESSIONS", class_name = "SessionObject" }]
`;

describe("settings", () => {
  test("are those of the wrangler.toml that comes with Mooring where the folder has none", async () => {
    const edge = await startDev([], { cwd: temporaryFolder() });
    expect(await enginePaths(edge, PATHS)).toEqual(["/socket.io/"]);
  });

  test("are those of the folder's wrangler.toml if that binds SessionObject, lists included", async () => {
    const cwd = folderWith(`${OURS}
[vars]
ENGINE_PATH = "/engine.io/"
ORIGINS = ["birch=http://127.0.0.1:9"]
`);
    const edge = await startDev([], { cwd });
    expect(await enginePaths(edge, PATHS)).toEqual(["/engine.io/"]);
    expect(await edge.status("/engine.io/?EIO=4&transport=polling")).toBe(503);
    await edge.command.says("stderr", /birch/);
  });

  test("are not those of another Worker's wrangler.toml, which may be anything", async () => {
    const cwd = folderWith(
      `name = "other"\n[vars]\nENGINE_PATH = "/engine.io/"\nSINCE = 2026-10-01\n`,
    );
    const edge = await startDev([], { cwd });
    expect(await enginePaths(edge, PATHS)).toEqual(["/socket.io/"]);
  });

  test("given by --var come before wrangler.toml's, and the last of a name counts", async () => {
    const cwd = folderWith(
      `${OURS}\n[vars]\nENGINE_PATH = "/a/"\nORIGINS = "http://127.0.0.1:9"\n`,
    );
    const vars = ["--var", "ENGINE_PATH=/b/", "--var", "ENGINE_PATH=/engine.io/"];
    const edge = await startDev(vars, { cwd });
    expect(await enginePaths(edge, [...PATHS, "/a/", "/b/"])).toEqual(["/engine.io/"]);
  });

  test("given by each --origin come before wrangler.toml's ORIGINS", async () => {
    const cwd = folderWith(`${OURS}\n[vars]\nORIGINS = ["birch=http://127.0.0.1:9"]\n`);
    const origins = ["--origin", "cedar=http://127.0.0.1:9", "--origin", "http://127.0.0.2:9"];
    const edge = await startDev(origins, { cwd });
    // Nobody answers there, so one handshake tries them all, and the Worker says which.
    expect(await edge.status("/socket.io/?EIO=4&transport=polling")).toBe(503);
    await edge.command.says("stderr", /cedar/);
    await edge.command.says("stderr", /127\.0\.0\.2:9/);
    expect(edge.command.stderr).not.toContain("birch");
  });

  test("reach the Worker as they were written, whatever characters they have", async () => {
    const value = `"quoted\\" \t\n é \u0085 ⚓ \\x41`;
    const { code, stderr } = await endOfMooring([
      "dev",
      "--port",
      "0",
      "--var",
      `ENGINE_PATH=${value}`,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(`, got ${JSON.stringify(value)}.\n`);
  });

  test("have rate limits too", async () => {
    const cwd = folderWith(`${OURS}
[vars]
ORIGINS = "http://127.0.0.1:9"

[[ratelimits]]
name = "HANDSHAKE_LIMIT"
namespace_id = "1001"
simple = { limit = 1, period = 60 }
`);
    const edge = await startDev([], { cwd });
    const path = "/socket.io/?EIO=4&transport=polling";
    expect([await edge.status(path), await edge.status(path)]).toEqual([503, 429]);
  });

  test.each([
    ["[vars", /wrangler\.toml:\d+:\d+: expected TOML, got /],
    [
      `${OURS}[vars]\nSINCE = 2026-10-01\n`,
      /wrangler\.toml: vars\.SINCE: expected .+, got "2026-10-01"\.\n/,
    ],
    [OURS.replace(/^name.*$/m, ""), /wrangler\.toml: name: expected a value, got nothing\.\n/],
  ])("that make no sense end it with code 2 and are named: %j", async (toml, sentence) => {
    const { code, stdout, stderr } = await endOfMooring(["dev", "--port", "0"], {
      cwd: folderWith(toml),
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(sentence);
  });
});

describe("--host", () => {
  const hasIpv6 = Object.values(networkInterfaces())
    .flat()
    .some((address) => address?.address === "::1");

  test.skipIf(!hasIpv6)("may be an IPv6 address", async () => {
    const edge = await startDev(["--host", "::1"]);
    expect(edge.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(await edge.status("/mooring/health")).toBe(200);
  });

  test("may be a name", async () => {
    const edge = await startDev(["--host", "localhost"]);
    expect(edge.url).toMatch(/^http:\/\/localhost:\d+$/);
    expect(await edge.status("/mooring/health")).toBe(200);
  });

  test("may be every address of the machine", async () => {
    const edge = await startDev(["--host", "0.0.0.0"]);
    expect(edge.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
    const loopback = await fetch(`http://127.0.0.1:${edge.port}/mooring/health`);
    expect(loopback.status).toBe(200);
  });
});

describe("--state", () => {
  test("keeps the objects' storage in a folder, which it makes, and goes on with it", async () => {
    const state = join(temporaryFolder(), "not/yet");
    const stored = (): string[] => {
      return readdirSync(state, { recursive: true, encoding: "utf8" }).filter((file) => {
        return /SessionObject.[0-9a-f]{64}\.sqlite$/.test(file);
      });
    };
    const first = await MooringDev.start(["--origin", "http://127.0.0.1:9", "--state", state]);
    expect(await first.status("/socket.io/?EIO=4&transport=polling")).toBe(503);
    await first.stop();
    expect(stored()).toHaveLength(1);

    const second = await MooringDev.start(["--origin", "http://127.0.0.1:9", "--state", state]);
    expect(await second.status("/socket.io/?EIO=4&transport=polling")).toBe(503);
    expect((await second.stop()).code).toBe(0);
    expect(stored()).toHaveLength(2);
  });
});
