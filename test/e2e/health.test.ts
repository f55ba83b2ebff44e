import { describe, expect, onTestFinished, test } from "vitest";
import { CLIENT_MODES, connected, createClient } from "../support/clients.ts";
import { direct } from "../support/edge.ts";
import { knownOf, startOrigins, startPool, tables } from "../support/pool-edge.ts";
import { addressOf, tally, until, visit, visits } from "../support/pool-sessions.ts";

/** A check's own time, the snapshot's age (a second, and the refresh behind it) and the visits that show it. */
const SLACK_MS = 2500;

describe.skipIf(direct)("an origin that fails its checks (direct has no edge)", () => {
  test("is out within fall x interval, keeps its sessions, and is back after rise", async () => {
    const origins = await startOrigins("a", "b");
    const edge = await startPool({
      ORIGINS: tables(origins),
      BALANCE: "round-robin",
      HEALTH: { interval: "1s", rise: 2, fall: 3 },
    });
    const [failing] = origins;
    if (!failing) throw new Error("Expected an origin, got none.");
    const isIn = async (): Promise<boolean> => "a" in tally(await visits(edge.url, 4));
    await until(isIn);
    failing.health = 503;
    const kept = failing.sessions();
    expect(await until(async () => !(await isIn()))).toBeLessThan(3000 + SLACK_MS);
    expect(failing.sessions()).toBeGreaterThanOrEqual(kept);
    expect(tally(await visits(edge.url, 20))).toEqual({ b: 20 });
    failing.health = 200;
    const back = await until(isIn);
    expect(back).toBeGreaterThan(1000 / 2);
    expect(back).toBeLessThan(2000 + SLACK_MS);
  });

  test("leaves the application's sessions alone while it answers with another status", async () => {
    const [origin] = await startOrigins("a");
    if (!origin) throw new Error("Expected an origin, got none.");
    const edge = await startPool({
      ORIGINS: tables([origin]),
      HEALTH: { interval: "1s", rise: 1, fall: 1, status: 204 },
    });
    await until(async () => (await visit(edge.url)).status === 503);
    origin.health = 204;
    await until(async () => (await visit(edge.url)).origin === "a");
    expect(tally(await visits(edge.url, 4))).toEqual({ a: 4 });
  });
});

describe.skipIf(direct)("an origin that can't be dialled (direct has no edge)", () => {
  test("never shows in what a client gets while another is up", async () => {
    const origins = await startOrigins("a", "b", "c");
    const edge = await startPool({ ORIGINS: tables(origins), BALANCE: "round-robin" });
    const [dead] = origins;
    if (!dead) throw new Error("Expected an origin, got none.");
    await visits(edge.url, 12);
    await dead.stop();
    onTestFinished(() => dead.reopen());
    const after = await visits(edge.url, 200, (n) => ({ from: addressOf(n) }));
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([200]));
    expect(Object.keys(tally(after)).toSorted()).toEqual(["b", "c"]);
    const clients = CLIENT_MODES.map((mode) => connected(createClient(edge.url, mode), mode));
    expect((await Promise.all(clients)).every((client) => client.connected)).toBe(true);
  });

  test("is left out for it, and is used again after it is back", async () => {
    const origins = await startOrigins("a", "b", "c");
    const edge = await startPool({ ORIGINS: tables(origins), BALANCE: "round-robin" });
    const [dead] = origins;
    if (!dead) throw new Error("Expected an origin, got none.");
    const isIn = async (state: string): Promise<boolean> =>
      (await knownOf(edge)).some(({ name, health }) => name === "a" && health === state);
    await dead.stop();
    await visits(edge.url, 60, (n) => ({ from: addressOf(n) }));
    await until(() => isIn("ejected"));
    await dead.reopen();
    dead.serve();
    await until(async () => {
      await visits(edge.url, 2, (n) => ({ from: addressOf(n) }));
      return isIn("up");
    });
    await until(async () => (await visit(edge.url)).origin === "a");
    expect(tally(await visits(edge.url, 30))).toEqual({ a: 10, b: 10, c: 10 });
  });
});

describe.skipIf(direct)("a pool that is down (direct has no edge)", () => {
  test("is 503 with Retry-After, and serves again as soon as one origin does", async () => {
    const origins = await startOrigins("a", "b");
    const edge = await startPool({ ORIGINS: tables(origins) });
    expect((await visit(edge.url)).status).toBe(200);
    for (const origin of origins) await origin.stop();
    onTestFinished(() => origins[0]?.reopen());
    const refused = await visits(edge.url, 20, (n) => ({ from: addressOf(n) }));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    for (const { retryAfter, body } of refused) {
      expect(Number(retryAfter)).toBeGreaterThan(0);
      expect(JSON.parse(body)).toMatchObject({ code: "NO_ORIGIN" });
    }
    await origins[1]?.reopen();
    origins[1]?.serve();
    await until(async () => (await visit(edge.url)).status === 200);
    expect(tally(await visits(edge.url, 10))).toEqual({ b: 10 });
  });
});

describe.skipIf(direct)("a flood that the application refuses (direct has no edge)", () => {
  test.each([401, 403])("with %i ejects nothing", async (status) => {
    const origins = await startOrigins("a", "b", "c");
    const edge = await startPool({ ORIGINS: tables(origins), BALANCE: "round-robin" });
    for (const origin of origins) origin.refuse(status);
    const refused = await visits(edge.url, 600, (n) => ({ from: addressOf(n) }));
    expect(new Set(refused.map((visited) => visited.status))).toEqual(new Set([status]));
    for (const origin of origins) origin.serve();
    const begun = performance.now();
    // Longer than a report and a snapshot take: whatever the flood has done is known by then.
    while (performance.now() - begun < 3000) {
      expect(tally(await visits(edge.url, 30))).toEqual({ a: 10, b: 10, c: 10 });
    }
    expect(edge.output()).not.toContain("dial-failed");
  });
});
