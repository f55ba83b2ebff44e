import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { childrenOf, Command, isAlive, type CommandOptions } from "../support/command.ts";
import { next } from "../support/events.ts";
import { MOORING, MooringDev, temporaryFolder } from "../support/mooring-dev.ts";

/** Nobody listens there. */
const NO_ORIGIN = "http://127.0.0.1:9";

interface Run {
  readonly edge: MooringDev;
  /** What it started: workerd and what helps to end it. */
  readonly children: readonly number[];
  /** A client's connection, which is open as long as workerd has it. */
  readonly client: Socket;
  /** Where everything that it writes for the time being goes. */
  readonly temporary: string;
}

async function startRun(): Promise<Run> {
  const temporary = temporaryFolder();
  const edge = await MooringDev.start(["--origin", NO_ORIGIN], inTemporary(temporary));
  const children = childrenOf(edge.command.pid);
  onTestFinished(() => {
    edge.command.signalGroup("SIGKILL");
    for (const child of children.filter(isAlive)) process.kill(child, "SIGKILL");
  });
  const client = connect(edge.port, "127.0.0.1");
  client.on("error", () => {});
  await once(client, "connect");
  return { edge, children, client, temporary };
}

function inTemporary(folder: string): CommandOptions {
  return { env: { ...process.env, TMPDIR: folder } };
}

function closed(client: Socket): Promise<unknown> {
  return client.destroyed ? Promise.resolve() : once(client, "close");
}

/** Why nobody can connect there; nothing if one can. */
async function refusal(port: number): Promise<unknown> {
  const socket = connect(port, "127.0.0.1");
  const [fault] = await Promise.race([next(socket, "error"), next(socket, "connect")]);
  socket.destroy();
  return fault;
}

describe("mooring dev", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "leaves nothing behind at %s",
    async (signal) => {
      const { edge, children, client, temporary } = await startRun();
      expect(children.length).toBeGreaterThan(0);
      const { code } = await edge.stop(signal);
      expect(code).toBe(0);
      expect(children.filter(isAlive)).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
      expect(await refusal(edge.port)).toMatchObject({ code: "ECONNREFUSED" });
      await closed(client);
    },
  );

  test("ends at a terminal's Ctrl-C, which goes to the whole group", async () => {
    const { edge, children, temporary } = await startRun();
    edge.command.signalGroup("SIGINT");
    expect((await edge.command.ended).code).toBe(0);
    expect(children.filter(isAlive)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("obeys a signal that comes before it serves", async () => {
    const temporary = temporaryFolder();
    const starting = new Command([...MOORING, "dev", "--port", "0"], inTemporary(temporary));
    await starting.says("stderr", /^Settings: /);
    starting.signal("SIGTERM");
    expect(await starting.ended).toMatchObject({ code: 0, stdout: "" });
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("takes workerd and its folder along when it is killed", async () => {
    const { edge, client, temporary } = await startRun();
    await edge.stop("SIGKILL");
    await closed(client);
    await expect.poll(() => refusal(edge.port)).toMatchObject({ code: "ECONNREFUSED" });
    await expect.poll(() => readdirSync(temporary), { timeout: 10_000 }).toEqual([]);
  });

  test("ends with code 1, and says so, when workerd ends by itself", async () => {
    const { edge, children, temporary } = await startRun();
    for (const child of children) process.kill(child, "SIGKILL");
    const { code, stderr } = await edge.command.ended;
    expect(code).toBe(1);
    expect(stderr).toContain("workerd ended by itself (SIGKILL), and with it the edge.\n");
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("goes on when nobody reads what it says any more", async () => {
    const { edge } = await startRun();
    edge.command.hangUp();
    const refused = Array.from({ length: 3 }, () =>
      edge.status("/socket.io/?EIO=4&transport=polling"),
    );
    expect(await Promise.all(refused)).toEqual([503, 503, 503]);
    expect(await edge.status("/mooring/health")).toBe(200);
    expect((await edge.stop()).code).toBe(0);
  });
});
