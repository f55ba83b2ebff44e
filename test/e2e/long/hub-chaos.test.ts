import { expect, onTestFinished, test } from "vitest";
import type { BreakName } from "../../support/chaos-breaks.ts";
import { BREAKS } from "../../support/chaos-breaks.ts";
import { Chaos } from "../../support/chaos.ts";

/** Set by `npm run chaos`: for how many seconds each goes on, with more clients. */
const SECONDS = Number(process.env["MOORING_CHAOS"] ?? 0);
const CLIENTS = SECONDS > 0 ? 300 : 45;
const timeout = 60_000 + 2000 * SECONDS;

/** What breaks together, one after the other, all being whole again in between. */
type Script = readonly (readonly BreakName[])[];

const ONE_BY_ONE: Script = [
  ["cutLink"],
  ["cutClients"],
  ["refuseLink"],
  ["killEdge"],
  ["cutClients"],
  ["killOrigin"],
  ["silenceLink"],
  ["cutClients"],
];

const TOGETHER: Script = [
  ["killEdge", "killOrigin"],
  ["cutLink", "killOrigin"],
  ["silenceLink", "cutLink"],
  ["cutLink", "cutClients"],
  ["refuseLink", "killEdge"],
  ["silenceLink", "cutClients"],
  ["silenceLink", "killOrigin"],
  ["killOrigin", "killOrigin"],
];

test(
  "brings every client that comes back every number once, in order, with recovery",
  { timeout },
  async () => {
    const chaos = await broken(true, ONE_BY_ONE);
    expect(chaos.faults()).toEqual([]);
    expect(chaos.forgotten()).toEqual([]);
    expect(chaos.crashes()).toEqual([]);
  },
);

test(
  "doubles nothing, and lacks nothing while a client is connected, without recovery",
  { timeout },
  async () => {
    const chaos = await broken(false, ONE_BY_ONE);
    expect(chaos.faults()).toEqual([]);
    expect(chaos.crashes()).toEqual([]);
  },
);

// Whoever had a session may be cut off from the one to whom its client comes back: that client is told of a new one.
test.runIf(SECONDS > 0)(
  "doubles nothing, and lacks nothing in any session, whatever breaks together",
  { timeout },
  async () => {
    const chaos = await broken(true, TOGETHER);
    expect(chaos.faults()).toEqual([]);
    expect(chaos.crashes()).toEqual([]);
  },
);

async function broken(isRecovering: boolean, script: Script): Promise<Chaos> {
  const chaos = new Chaos();
  onTestFinished(() => chaos.close());
  await chaos.open({ origins: 3, clients: CLIENTS, isRecovering });
  const end = performance.now() + SECONDS * 1000;
  let i = 0;
  do {
    for (const names of script) {
      await breakAt(chaos, names, i);
      await chaos.whole();
      i += 1;
      if (SECONDS > 0) report(names, chaos);
    }
    // Next time they befall other origins.
    i += script.length % chaos.origins.length === 0 ? 1 : 0;
  } while (performance.now() < end);
  await chaos.quiet();
  return chaos;
}

/** The first breaks of the origin at that place, the second of the next. */
async function breakAt(chaos: Chaos, names: readonly BreakName[], place: number): Promise<void> {
  await Promise.all(names.map((name, i) => BREAKS[name](chaos, chaos.origin(place + i))));
}

function report(names: readonly BreakName[], chaos: Chaos): void {
  const [faults, forgotten] = [chaos.faults().length, chaos.forgotten().length];
  process.stdout.write(`${names.join(" and ")}: ${faults} faults, ${forgotten} forgotten so far\n`);
}
