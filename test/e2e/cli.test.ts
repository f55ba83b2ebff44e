import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import manifest from "../../package.json" with { type: "json" };
import { run } from "../support/command.ts";
import { next } from "../support/events.ts";
import { endOfMooring, folderWith, MooringDev, ROOT } from "../support/mooring-dev.ts";
import { portOf, startOrigin, type Origin } from "../support/origin.ts";

const COMMANDS = "dev, pools, ready, drain, maint, weight, add or remove";

describe("what it says of itself", () => {
  test.each([[["--help"]], [["-h"]]])("mooring %s says how it is used", async (args) => {
    const { code, stdout, stderr } = await endOfMooring(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: mooring COMMAND\n[^]*\bdev\b/);
  });

  test("mooring dev --help names every option, whatever else is given", async () => {
    const { code, stdout, stderr } = await endOfMooring(["dev", "--port", "x", "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: mooring dev/);
    for (const option of ["--origin", "--port", "--host", "--var", "--state"]) {
      expect(stdout).toContain(`  ${option} `);
    }
  });

  test("mooring --version is the package's", async () => {
    expect(await endOfMooring(["--version"])).toEqual({
      code: 0,
      stdout: `${manifest.version}\n`,
      stderr: "",
    });
  });

  test("npm run mooring passes on what follows its --", async () => {
    const { code, stdout } = await run(["npm", "run", "--silent", "mooring", "--", "--version"], {
      cwd: ROOT,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${manifest.version}\n` });
  });
});

describe("a bad argument ends it with code 2 and says which, what was expected, and what was got", () => {
  test.each([
    [[], `mooring: expected one of ${COMMANDS}, got nothing. See --help.`],
    [["serve"], `mooring: expected one of ${COMMANDS}, got "serve". See --help.`],
    [
      ["dev", "--colour", "red"],
      `mooring dev: expected --origin, --port, --host, --var or --state, got "--colour".`,
    ],
    [
      ["dev", "-p", "1"],
      `mooring dev: expected --origin, --port, --host, --var or --state, got "-p".`,
    ],
    [["dev", "http://a:1"], `mooring dev: expected options only, got "http://a:1".`],
    [["dev", "--port"], `--port: expected a value, got nothing.`],
    [["dev", "--port", "--host"], `--port: expected a value, got "--host".`],
    [["dev", "--port", "http"], `--port: expected a number from 0 to 65535, got "http".`],
    [["dev", "--port=65536"], `--port: expected a number from 0 to 65535, got "65536".`],
    [["dev", "--port=-1"], `--port: expected a number from 0 to 65535, got "-1".`],
    [["dev", "--port", "8787.5"], `--port: expected a number from 0 to 65535, got "8787.5".`],
    [
      ["dev", "--host", "http://a"],
      `--host: expected an IP address or a host name, got "http://a".`,
    ],
    [["dev", "--host="], `--host: expected an IP address or a host name, got "".`],
    [
      ["dev", "--origin", "a:3000"],
      `--origin: expected http://HOST:PORT or NAME=http://HOST:PORT, got "a:3000".`,
    ],
    [
      ["dev", "--origin", "a=ws://b"],
      `--origin: expected http://HOST:PORT or NAME=http://HOST:PORT, got "a=ws://b".`,
    ],
    [
      ["dev", "--origin", "http://a", "--origin="],
      `--origin: expected http://HOST:PORT or NAME=http://HOST:PORT, got "".`,
    ],
    [["dev", "--var", "ENGINE_PATH"], `--var: expected KEY=VALUE, got "ENGINE_PATH".`],
    [["dev", "--var", "=1"], `--var: expected KEY=VALUE, got "=1".`],
    [
      ["dev", "--origin", "http://a", "--var", "ORIGINS=http://b"],
      `--var: expected no ORIGINS beside --origin, which sets it, got "http://b".`,
    ],
    [["dev", "--state="], `--state: expected a folder, got "".`],
  ])("mooring %j", async (args, sentence) => {
    expect(await endOfMooring(args)).toEqual({ code: 2, stdout: "", stderr: `${sentence}\n` });
  });

  test("a setting that the Worker refuses is named in the Worker's own words", async () => {
    const args = ["dev", "--port", "0", "--var", "DIAL_TIMEOUT_MS=soon", "--var", "CREDIT_BYTES=1"];
    const { code, stdout, stderr } = await endOfMooring(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^DIAL_TIMEOUT_MS: expected .+, got "soon"\.$/m);
    expect(stderr).toMatch(/^CREDIT_BYTES: expected .+, got "1"\.$/m);
  });

  test("a --var that is the name of a binding is refused", async () => {
    const { code, stderr } = await endOfMooring(["dev", "--port", "0", "--var", "SESSIONS=1"]);
    expect(code).toBe(2);
    expect(stderr).toContain("--var: expected a setting, got SESSIONS, which is a binding.\n");
  });
});

describe("what keeps it from listening ends it with code 1", () => {
  test("a port that is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const port = portOf(server);
    expect(await endOfMooring(["dev", "--port", String(port)])).toEqual({
      code: 1,
      stdout: "",
      stderr: `--port: expected a free port, got ${port}, where something listens already (on 127.0.0.1).\n`,
    });
  });

  // 192.0.2.0/24 is for documentation: nobody has it.
  test.each(["192.0.2.1", "nowhere.invalid"])("%s, which is not this machine's", async (host) => {
    expect(await endOfMooring(["dev", "--port", "0", "--host", host])).toEqual({
      code: 1,
      stdout: "",
      stderr: `--host: expected an address of this machine, got "${host}".\n`,
    });
  });

  test("a folder for --state that can't be one", async () => {
    const file = join(folderWith(""), "wrangler.toml");
    const { code, stdout, stderr } = await endOfMooring(["dev", "--port", "0", "--state", file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`--state: expected a folder, got ${JSON.stringify(file)}`);
  });
});

describe("once it serves", () => {
  let origin: Origin;
  let edge: MooringDev;

  beforeAll(async () => {
    origin = await startOrigin();
    edge = await MooringDev.start(["--origin", `amber=${origin.url}`]);
  });

  afterAll(async () => {
    await edge.stop();
    await origin.stop();
  });

  test("it is healthy, on loopback", async () => {
    expect(edge.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const response = await fetch(`${edge.url}/mooring/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });

  test("a session by polling waits for what its server sends, and stdout stays at one line", async () => {
    origin.serve({}, (io) =>
      io.on("connection", (socket) =>
        socket.emit("hello", socket.handshake.headers["x-forwarded-for"]),
      ),
    );
    // A client's own word for its address counts for nothing where nobody stands before the edge.
    const headers = { "cf-connecting-ip": "192.0.2.7", "x-forwarded-for": "192.0.2.8" };
    const base = `${edge.url}/socket.io/?EIO=4&transport=polling`;
    const open = await (await fetch(base, { headers })).text();
    expect(open).toMatch(/^0\{/);
    const sid = /"sid":"([^"]+)"/.exec(open)?.[1];
    const poll = fetch(`${base}&sid=${sid}`);
    expect(await (await fetch(`${base}&sid=${sid}`, { method: "POST", body: "40" })).text()).toBe(
      "ok",
    );
    let packets = await (await poll).text();
    if (!packets.includes("42")) packets += await (await fetch(`${base}&sid=${sid}`)).text();
    expect(packets).toContain(`42["hello","127.0.0.1"]`);
    expect(edge.command.stdout).toBe(`Mooring is ready on ${edge.url}\n`);
  });

  test("a session by WebSocket gets the server's packets and ends as the server says", async () => {
    const io = origin.serve();
    const socket = new WebSocket(`${edge.url}/socket.io/?EIO=4&transport=websocket`);
    const [open] = await next(socket, "message");
    expect(String(open)).toMatch(/^0\{/);
    socket.send("40");
    const [connected] = await next(socket, "message");
    expect(String(connected)).toMatch(/^40\{/);
    const [said, closed] = [next(socket, "message"), next(socket, "close")];
    io.disconnectSockets(true);
    expect(String((await said)[0])).toBe("41");
    await closed;
  });
});
