import { expect, test } from "vitest";
import { crew, pause } from "../../support/continuity-crew.ts";
import { ContinuityPool } from "../../support/continuity-pool.ts";

const CLIENTS = 48;
const RATE = 20;
const SAMPLE_MS = 20;

test("all origins die and one comes back: its sessions come to it at REHOME_RATE, and none is lost", async () => {
  const vars = { REHOME_RATE: String(RATE), SESSIONS_PER_OBJECT: "8", ON_PENDING_ACKS: "keep" };
  const pool = await ContinuityPool.open({ vars });
  const clients = await crew(pool, CLIENTS);
  const objects = new Set(clients.map(({ socket }) => socket.io.engine.id?.slice(0, 43)));
  // The number of objects is reported each second.
  await pause(2500);
  await Promise.all(pool.origins.map((origin) => origin.signal("SIGKILL")));
  await pool.restart(1);
  const recovered: number[] = [];
  while (recovered.length < CLIENTS) {
    const count = pool.lines.filter(([name, what, , , , isBack]) => {
      return name === "o1" && what === "connection" && isBack === true;
    }).length;
    while (recovered.length < count) recovered.push(performance.now());
    await pause(SAMPLE_MS);
  }
  for (const from of recovered) {
    const within = recovered.filter((at) => at >= from && at < from + 1000 - SAMPLE_MS);
    // Each object's first goes at once, and the next may have been due by then.
    expect(within.length).toBeLessThanOrEqual(RATE + 2 * objects.size);
  }
  const spanS = ((recovered.at(-1) ?? 0) - (recovered[0] ?? 0)) / 1000;
  expect(spanS).toBeGreaterThan((CLIENTS - 2 * objects.size) / RATE - 0.2);
  expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
});
