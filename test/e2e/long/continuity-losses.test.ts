import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createAdapter } from "../../../src/origin/origin.ts";
import { createClient, joined, WEBSOCKET } from "../../support/clients.ts";
import { allConnected, ContinuityClient } from "../../support/continuity-client.ts";
import { crew, namesAt, SOON, uplinks } from "../../support/continuity-crew.ts";
import { ContinuityPool } from "../../support/continuity-pool.ts";
import { startOrigin } from "../../support/origin.ts";
import { startPool, TOKEN } from "../../support/pool-edge.ts";
import { openByPolling } from "../../support/raw-session.ts";
import { connectRaw, requestBytes } from "../../support/raw-tcp.ts";

const PATIENT = { timeout: 15_000, interval: 20 };

/** Resolves when the edge has noticed that so many sessions have lost their origin. */
async function noticed(pool: ContinuityPool, count: number): Promise<void> {
  await vi.waitFor(() => {
    expect(pool.edgeLog.match(/"session-left-origin"/g)).toHaveLength(count);
  }, PATIENT);
}

/** Resolves with the name of the living server that has the only client. */
async function placeOf(pool: ContinuityPool, but = ""): Promise<string> {
  return vi.waitFor(async () => {
    const [socket, ...others] = await pool.sockets();
    if (socket === undefined || others.length > 0 || socket.origin === but)
      throw new Error("Expected the client at one other server.");
    return socket.origin;
  }, PATIENT);
}

function indexOf(pool: ContinuityPool, name: string): number {
  return pool.origins.findIndex((origin) => origin.name === name);
}

test("an origin that hangs is noticed by its missing ping, and what it was sent is done late or never", async () => {
  const pool = await ContinuityPool.open({
    vars: { ON_PENDING_ACKS: "replay" },
    server: { pingInterval: 1500, pingTimeout: 1500 },
  });
  const clients = await crew(pool, 9);
  const names = await namesAt(pool, "o0");
  const theirs = clients.filter(({ name }) => names.has(name));
  const origin = pool.origin(0);
  const begin = performance.now();
  await origin.signal("SIGSTOP");
  for (const client of theirs) for (let n = 0; n < 5; n++) client.up();
  await noticed(pool, theirs.length);
  const noticedMs = performance.now() - begin;
  // Its last ping is at most an interval old when it stops, and the next may be late by the time-out.
  expect(noticedMs).toBeGreaterThan(1400);
  expect(noticedMs).toBeLessThan(3000 + 1000);
  for (const client of theirs) for (let n = 5; n < 10; n++) client.up();
  await Promise.all(theirs.map((client) => client.echo()));
  const before = uplinks(pool.lines);
  for (const { name } of theirs) expect(before.get(name)).toEqual([5, 6, 7, 8, 9]);
  await origin.signal("SIGCONT");
  // Its ghosts have ended, and what they had to do is done.
  await vi.waitFor(() => {
    const ended = pool.lines.filter(([at, what]) => at === "o0" && what === "disconnect");
    expect(ended.map(([, , , name]) => String(name)).toSorted()).toEqual([...names].toSorted());
  }, PATIENT);
  await Promise.all(theirs.map((client) => client.echo()));
  const late = uplinks(pool.lines.filter(([at]) => at === "o0"));
  for (const numbers of late.values()) {
    expect(numbers).toEqual([0, 1, 2, 3, 4].slice(0, numbers.length));
  }
  const elsewhere = uplinks(pool.lines.filter(([at]) => at !== "o0"));
  for (const { name } of theirs) expect(elsewhere.get(name)).toEqual([5, 6, 7, 8, 9]);
  expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
});

test("a session is closed at its fourth loss in a minute, for which moves and announced ends don't count", async () => {
  const pool = await ContinuityPool.open({ origins: 6, vars: { ON_PENDING_ACKS: "keep" } });
  const client = new ContinuityClient(pool.url, { mode: WEBSOCKET });
  await allConnected([client]);
  for (let move = 0; move < 2; move++) {
    const at = await placeOf(pool);
    await pool.drain(at);
    await placeOf(pool, at);
    await pool.ready(at);
  }
  const closing = await placeOf(pool);
  await pool.origin(indexOf(pool, closing)).order({ do: "end", how: "io.close" });
  await placeOf(pool, closing);
  for (let loss = 0; loss < 3; loss++) {
    const at = await placeOf(pool);
    await pool.origin(indexOf(pool, at)).signal("SIGKILL");
    await placeOf(pool, at);
    await client.echo();
  }
  expect(client.isDisturbed).toBe(false);
  await pool.origin(indexOf(pool, await placeOf(pool))).signal("SIGKILL");
  await vi.waitFor(() => expect(client.disconnects).toEqual(["transport close"]), SOON);
  expect(pool.edgeLog).toContain("origins lost too often");
  // It was not for lack of one that lives.
  expect(pool.living.length).toBe(2);
  const another = new ContinuityClient(pool.url, { mode: WEBSOCKET });
  await allConnected([another]);
});

describe("a POST whose origin is killed in the middle of it is taken, and done once and in order", () => {
  test.each([
    ["when the rest comes once another has the session", 2, "session-moored"],
    ["when the rest comes while there is none", 1, "session-left-origin"],
  ])("%s", async (_title, origins, event) => {
    const pool = await ContinuityPool.open({ origins });
    const session = await openByPolling(pool.url);
    await session.post('40{"name":"raw"}');
    expect((await session.poll()).body.toString()).toMatch(/^40\{/);
    const at = indexOf(pool, await placeOf(pool));
    const body = ["a", "b", "c"].map((text) => `42["up","${text}"]`).join("\x1e");
    const target = `/socket.io/?EIO=4&transport=polling&sid=${session.open.sid}`;
    const fields = ["Content-Type: text/plain", `Content-Length: ${body.length}`];
    const bytes = requestBytes({ method: "POST", target, fields, body });
    const connection = await connectRaw(pool.url);
    const cut = bytes.length - 30;
    const polled = session.poll();
    connection.write(bytes.slice(0, cut));
    await pool.origin(at).signal("SIGKILL");
    await vi.waitFor(() => expect(pool.edgeLog).toContain(event), SOON);
    connection.write(bytes.slice(cut));
    expect(await connection.until(/\r\n\r\nok/)).toMatch(/^HTTP\/1.1 200/);
    if (origins === 1) await pool.restart(at);
    await vi.waitFor(() => {
      const ups = pool.lines.filter(([, what]) => what === "up");
      expect(ups.map((line) => line[4])).toEqual(["a", "b", "c"]);
    }, PATIENT);
    // The poll that was held all the while brings what the next server says.
    const [other] = pool.living;
    await other?.order({ do: "emit", args: ["news", 1] });
    expect((await polled).body.toString()).toMatch(/^42\["news",1,/);
  });
});

test("while all origins are gone, events of both kinds are held, and done in order by the first that is back", async () => {
  const pool = await ContinuityPool.open();
  const clients = await crew(pool, 9);
  const echoed = new Map<string, unknown[]>();
  for (const { name, socket } of clients) {
    echoed.set(name, []);
    socket.on("bytes", (label: string, one: Uint8Array, more: Uint8Array) => {
      echoed.get(name)?.push([label, new Uint8Array(one)[0], new Uint8Array(more)[0]]);
    });
  }
  await Promise.all(pool.origins.map((origin) => origin.signal("SIGKILL")));
  await noticed(pool, clients.length);
  const wanted: unknown[] = [];
  for (let n = 0; n < 10; n++) {
    wanted.push(["up", n], ["bytes", String(n)]);
    for (const client of clients) {
      client.up();
      client.socket.emit("bytes", String(n), Buffer.alloc(5000, n), Buffer.alloc(1, n + 100));
    }
  }
  await pool.restart(2);
  await vi.waitFor(() => {
    for (const { name } of clients) {
      const theirs = pool.lines.filter((line) => line[3] === name && line[1] !== "connection");
      expect([name, theirs.map(([, what, , , which]) => [what, which])]).toEqual([name, wanted]);
      expect(echoed.get(name)).toEqual(Array.from({ length: 10 }, (_, n) => [`${n}`, n, n + 100]));
    }
  }, PATIENT);
  expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
});

test("an origin that takes over all sessions is dialled by three of each object at once, and no more", async () => {
  const [first, second] = [await startOrigin(), await startOrigin()];
  onTestFinished(() => second.stop());
  const edge = await startPool({ ORIGINS: `first=${first.url}, second=${second.url}` });
  const order = async (what: string): Promise<void> => {
    const path = `/mooring/api/pools/default/origins/second/${what}`;
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await fetch(edge.url + path, { method: "POST", headers })).ok).toBe(true);
  };
  const options = (): object => ({
    adapter: createAdapter({ url: edge.url, token: TOKEN, onWarning: () => {} }),
    connectionStateRecovery: {},
  });
  let dials = 0;
  let most = 0;
  first.serve(options());
  const io = second.serve({
    ...options(),
    allowRequest: (_request, decide) => {
      dials += 1;
      most = Math.max(most, dials);
      setTimeout(() => {
        dials -= 1;
        decide(null, true);
      }, 50);
    },
  });
  await order("drain");
  const disconnects: string[] = [];
  for (let i = 0; i < 24; i++) {
    const client = createClient(edge.url, WEBSOCKET);
    client.on("disconnect", (reason) => disconnects.push(reason));
    await joined(client);
  }
  expect(io.of("/").sockets.size).toBe(0);
  await order("ready");
  await first.stop();
  await vi.waitFor(() => expect(io.of("/").sockets.size).toBe(24), PATIENT);
  // The sids of one object's sessions begin alike.
  const objects = new Set(edge.output().match(/(?<="session-opened","sid":")..../g)).size;
  expect(3 * objects).toBeLessThan(24);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(3 * objects);
  expect(disconnects).toEqual([]);
});
