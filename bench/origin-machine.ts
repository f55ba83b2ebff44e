/**
 * The origin's machine: microseconds of CPU for each event that it publishes, receives or emits to one socket, with
 * recovery on, and for each session that comes back.
 *
 * `node bench/origin-machine.ts [--rounds 5] [--milliseconds 300]`
 */
import { createOrigin } from "../src/core/origin/origin-machine.ts";
import type { Origin, OriginPort } from "../src/core/origin/origin.ts";
import { encodeContent } from "../src/wire/hub/content-codec.ts";
import type { Content } from "../src/wire/hub/content.ts";
import type { FromHub } from "../src/wire/hub/message.ts";
import type { Uid } from "../src/wire/hub/vector.ts";
import { parseUid } from "../src/wire/hub/vector.ts";
import { formatOffset } from "../src/wire/recovery/offset.ts";
import { median, table } from "./report/figures.ts";
import { readOptions } from "./report/options.ts";

const { rounds, milliseconds } = readOptions({ rounds: 5, milliseconds: 300 });

const NSP = "/";
const SOCKETS = 1000;
const KEEP_MS = 120_000;

/** Events a second, so that the past grows to what it is in use, and forgets. */
const EVENTS_A_SECOND = 200;

/** Calls between two looks at the clock. */
const BATCH = 64;

const NOTHING = (): undefined => undefined;

const IDLE_PORT: OriginPort = {
  send: NOTHING,
  listen: NOTHING,
  deliver: NOTHING,
  deliverTo: NOTHING,
  request: NOTHING,
  response: NOTHING,
  peers: NOTHING,
  dataOf: () => "{}",
  record: NOTHING,
  end: NOTHING,
  startOver: NOTHING,
  dropped: NOTHING,
};

const OWN = uid("own");
const OTHER = uid("other");

const TO_ROOM: Content = {
  type: "event",
  nsp: NSP,
  to: { rooms: ["room-1"], except: [] },
  flags: {},
  isKept: true,
  data: JSON.stringify(["message", { text: "x".repeat(100) }]),
};
const JSON_TEXT = JSON.stringify(["message", { text: "x".repeat(100) }]);
const BODY = encodeContent(TO_ROOM);

/** An origin with sockets in rooms, whose clock goes on with its events. */
class Stage {
  readonly origin: Origin;
  #now = 1_000_000_000;
  #n = 0;
  #turn = 0;
  /** The names of the last events. */
  readonly #offsets: string[] = [];

  constructor() {
    const settings = { uid: OWN, keepMs: KEEP_MS, maxRecordBytes: 16_384 };
    const sizes = { pastBytes: 64 * 1024 * 1024, outboxBytes: 16 * 1024 * 1024 };
    this.origin = createOrigin({ ...settings, ...sizes }, IDLE_PORT);
    this.origin.opened(0, this.#now);
    const bases = new Map([[OTHER, 0]]);
    const peers = [OTHER];
    this.#hear({ type: "welcome", bases, last: 0, peers, shards: 1 });
    for (let i = 0; i < SOCKETS; i += 1) {
      const socket = { nsp: NSP, sid: `sid-${i}` };
      const place = { birth: this.#now, moorings: 0 };
      this.origin.socketOpened(socket, `pid-${i}`, place, this.#now);
      this.origin.joined(socket, `room-${i % 10}`, this.#now);
    }
    this.origin.turnEnded(this.#now);
  }

  publish(): void {
    this.#pass();
    const { n } = this.origin.publish(TO_ROOM, this.#now);
    if (n % 64 === 0) this.#hear({ type: "all-taken", n });
  }

  receive(): void {
    this.#pass();
    this.#n += 1;
    this.#offsets[this.#n % 16] = formatOffset({ stream: OTHER, n: this.#n });
    this.#hear({ type: "event", uid: OTHER, n: this.#n, body: BODY });
  }

  emit(): void {
    this.#pass();
    const socket = { nsp: NSP, sid: `sid-${this.#turn % SOCKETS}` };
    this.origin.emitted(socket, JSON_TEXT, this.#now);
  }

  ask(): void {
    this.receive();
    const offset = this.#offsets[(this.#n + 6) % 16] ?? "";
    const known = this.origin.knows(NSP, "pid-1", offset, this.#now);
    if (known?.handover?.tail.length !== 10) throw new Error("Expected ten events to be missed.");
  }

  #pass(): void {
    this.#turn += 1;
    this.#now += 1000 / EVENTS_A_SECOND;
    if (this.#turn % EVENTS_A_SECOND === 0) this.origin.timePassed(this.#now);
  }

  #hear(message: FromHub): void {
    this.origin.received(0, message, this.#now);
  }
}

const CASES: Readonly<Record<string, (stage: Stage) => void>> = {
  publish: (stage) => stage.publish(),
  received: (stage) => stage.receive(),
  emitted: (stage) => stage.emit(),
  "knows (a client 10 events behind)": (stage) => stage.ask(),
};

const rows = Object.entries(CASES).map(([name, call]) => {
  const stage = new Stage();
  for (let i = 0; i < 20_000; i += 1) stage.receive(); // V8's compiler is not in the figures
  measure(stage, call);
  const us = Array.from({ length: rounds }, () => measure(stage, call));
  return { name, us };
});
console.log(
  table(
    ["microseconds of CPU", "a call"],
    rows.map(({ name, us }) => {
      return [name, (median(us) ?? Number.NaN).toFixed(2)];
    }),
  ),
);
for (const { name, us } of rows) {
  console.log(JSON.stringify({ benchmark: "origin-machine", case: name, us }));
}

/** Microseconds of CPU a call, over `milliseconds` of it. */
function measure(stage: Stage, call: (stage: Stage) => void): number {
  const startedAt = process.cpuUsage();
  let calls = 0;
  let us = 0;
  while (us < milliseconds * 1000) {
    for (let i = 0; i < BATCH; i += 1) call(stage);
    calls += BATCH;
    const { user, system } = process.cpuUsage(startedAt);
    us = user + system;
  }
  return us / calls;
}

function uid(name: string): Uid {
  const parsed = parseUid(name.padEnd(16, "-"));
  if (parsed === undefined) throw new Error(`Expected a uid's name, got ${name}.`);
  return parsed;
}
