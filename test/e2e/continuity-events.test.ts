import { describe, expect, test, vi } from "vitest";
import { WEBSOCKET, POLLING } from "../support/clients.ts";
import { allConnected, ContinuityClient } from "../support/continuity-client.ts";
import { crew, namesAt, noticed, pause, SOON } from "../support/continuity-crew.ts";
import { ContinuityPool } from "../support/continuity-pool.ts";
import { Traffic } from "../support/continuity-traffic.ts";

const REPLAY = { ON_PENDING_ACKS: "replay" };
const KEEP = { ON_PENDING_ACKS: "keep" };

describe("while origins are killed", () => {
  test("events with attachments stay whole and in order, in both directions", async () => {
    const pool = await ContinuityPool.open({ vars: REPLAY });
    const clients = await crew(pool, 12);
    const got = new Map<ContinuityClient, number[]>();
    const faults: string[] = [];
    for (const client of clients) {
      const numbers: number[] = [];
      got.set(client, numbers);
      client.socket.on("bytes", (label: string, one: Uint8Array, more: Uint8Array) => {
        const n = Number(label);
        const bytes = [new Uint8Array(one), new Uint8Array(more)];
        if (bytes.some((part) => part.some((byte) => byte !== n % 256))) faults.push(`mixed: ${n}`);
        numbers.push(n);
      });
    }
    const send = (n: number): void => {
      const [one, more] = [Buffer.alloc(20_000, n % 256), Buffer.alloc(300, n % 256)];
      for (const { socket } of clients) socket.emit("bytes", String(n), one, more);
    };
    for (let n = 0; n < 10; n++) {
      send(n);
      await pause(20);
    }
    const lost = await namesAt(pool, "o0");
    const killed = pool.origin(0).signal("SIGKILL");
    for (let n = 10; n < 20; n++) {
      send(n);
      await pause(20);
    }
    await killed;
    // What reaches a dead process before the edge has noticed is lost, as without an edge.
    await noticed(pool, lost.size);
    for (let n = 20; n < 30; n++) send(n);
    const after = Array.from({ length: 10 }, (_, i) => 20 + i);
    await vi.waitFor(() => {
      for (const [{ name }, numbers] of got) {
        expect([name, numbers.filter((n) => n >= 20)]).toEqual([name, after]);
      }
    }, SOON);
    for (const [{ name }, numbers] of got) {
      expect([name, numbers]).toEqual([name, [...new Set(numbers)].toSorted((a, b) => a - b)]);
    }
    expect(faults).toEqual([]);
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
  });

  test("no late answer to one server answers what another has asked", async () => {
    const pool = await ContinuityPool.open({ vars: KEEP });
    const clients = await crew(pool, 6);
    const questions: (() => void)[] = [];
    for (const { socket } of clients) {
      socket.on("question", (text: string, answer: (text: string) => void) => {
        questions.push(() => answer(`answer to ${text}`));
      });
    }
    const ask = async (text: string): Promise<void> => {
      const count = questions.length;
      await Promise.all(pool.living.map((origin) => origin.order({ do: "ask", text })));
      await vi.waitFor(() => expect(questions).toHaveLength(count + clients.length), SOON);
    };
    await ask("delete the account?");
    for (const [i, { name }] of pool.origins.entries()) {
      await pool.origin(i).signal("SIGKILL");
      await pool.restart(i);
      await pool.linked();
      await vi.waitFor(async () => expect(await pool.sockets()).toHaveLength(clients.length), SOON);
      await ask(`pay ${i}, now that ${name} is new?`);
    }
    for (const answer of questions) answer();
    await Promise.all(clients.map((client) => client.echo()));
    const answers = pool.lines.filter(([, what]) => what === "answer");
    // Every client answers at least what its last server has asked.
    expect(answers.length).toBeGreaterThanOrEqual(clients.length);
    for (const [, , , text, answer] of answers) expect(answer).toBe(`answer to ${String(text)}`);
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
    expect(clients.flatMap(({ faults }) => faults)).toEqual([]);
  });

  test("what a client is told that ends in a text is no offset", async () => {
    const pool = await ContinuityPool.open({ vars: REPLAY });
    const clients = await crew(pool, 9);
    const traffic = await Traffic.begin(pool, clients);
    const tell = (): Promise<unknown> =>
      Promise.all(
        pool.living.flatMap((origin) => [
          origin.order({ do: "emit", flag: "volatile", args: ["note", "an application's text"] }),
          origin.order({ do: "emit", flag: "local", args: ["note", `~${"A".repeat(16)}:1`] }),
          origin.order({ do: "emit", flag: "volatile", args: ["only the name of an event"] }),
        ]),
      );
    for (const origin of pool.origins.slice(0, 2)) {
      await tell();
      await origin.signal("SIGKILL");
      await vi.waitFor(async () => expect(await pool.sockets()).toHaveLength(clients.length), SOON);
    }
    await tell();
    expect(await traffic.faults()).toEqual([]);
  });
});

test("a client that sends more than is held for an origin is closed, and the log says why", async () => {
  const pool = await ContinuityPool.open({ origins: 1, vars: { MAX_HOLD_BYTES: "4000" } });
  const modest = new ContinuityClient(pool.url, { mode: WEBSOCKET });
  const greedy = new ContinuityClient(pool.url, { mode: POLLING });
  await allConnected([modest, greedy]);
  await pool.origin(0).signal("SIGKILL");
  // Until the edge has noticed, what clients send goes to nobody, and is not held.
  await noticed(pool, 2);
  for (let i = 0; i < 3; i++) modest.up();
  for (let i = 0; i < 6; i++) greedy.socket.emit("up", "x".repeat(1000));
  await vi.waitFor(() => expect(greedy.disconnects).toEqual(["transport close"]), SOON);
  expect(pool.edgeLog).toContain("more held for an origin than MAX_HOLD_BYTES");
  await pool.restart(0);
  await modest.echo();
  expect(modest.isDisturbed).toBe(false);
  expect(pool.lines.filter(([, what]) => what === "up").map((line) => line[4])).toEqual([0, 1, 2]);
});

test("namespaces that are left and joined while there is no origin are left and joined", async () => {
  const pool = await ContinuityPool.open({ origins: 1 });
  const client = new ContinuityClient(pool.url, { mode: WEBSOCKET });
  const auth = { name: client.name };
  const other = client.socket.io.socket("/other", { auth }).connect();
  await vi.waitFor(
    () => expect([client.socket.connected, other.connected]).toEqual([true, true]),
    SOON,
  );
  // Its answer comes behind the record that its namespace can be recovered by.
  await Promise.all([client.echo(), other.emitWithAck("echo", 0)]);
  await pool.origin(0).signal("SIGKILL");
  other.disconnect();
  const quiet = client.socket.io.socket("/quiet", { auth }).connect();
  quiet.emit("up", 0);
  client.up();
  await pool.restart(0);
  await client.echo();
  await vi.waitFor(async () => {
    const sockets = await pool.sockets();
    expect(sockets.map(({ nsp }) => nsp).toSorted()).toEqual(["/", "/quiet"]);
    expect(sockets.find(({ nsp }) => nsp === "/")?.id).toBe(client.id);
    expect(sockets.find(({ nsp }) => nsp === "/quiet")?.id).toBe(quiet.id);
  }, SOON);
  const ups = pool.lines.filter(([, what]) => what === "up").map(([, , nsp]) => String(nsp));
  expect(ups.toSorted()).toEqual(["/", "/quiet"]);
  expect(client.isDisturbed).toBe(false);
});

test("an edge that is killed and started again on its storage has its clients back, on any origin", async () => {
  const pool = await ContinuityPool.open();
  const options = { reconnection: true } as const;
  const clients = Array.from(
    { length: 12 },
    (_, i) => new ContinuityClient(pool.url, { mode: i % 2 ? WEBSOCKET : POLLING, ...options }),
  );
  const quiet = [WEBSOCKET, POLLING].map(
    (mode) => new ContinuityClient(pool.url, { mode, nsp: "/quiet", ...options }),
  );
  await allConnected([...clients, ...quiet]);
  const traffic = await Traffic.begin(pool, clients);
  const before = await namesAt(pool, "o0");
  await pool.killEdge();
  await pool.startEdge();
  await allConnected([...clients, ...quiet]);
  await pool.linked();
  await pause(300);
  await traffic.end();
  for (const { name, ids, recoveries } of [...clients, ...quiet]) {
    expect([name, recoveries]).toEqual([name, [false, true]]);
    expect(new Set(ids).size).toBe(1);
  }
  expect(clients.flatMap(({ faults }) => faults)).toEqual([]);
  expect(await namesAt(pool, "o0")).not.toEqual(before);
});
