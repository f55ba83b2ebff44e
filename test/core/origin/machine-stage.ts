import { createOrigin } from "../../../src/core/origin/origin-machine.ts";
import type { Origin, OriginSettings, Restoring } from "../../../src/core/origin/origin.ts";
import { encodeContent } from "../../../src/wire/hub/content-codec.ts";
import type { Address, Content, Data, SessionRecord } from "../../../src/wire/hub/content.ts";
import type { FromHub, ToHub } from "../../../src/wire/hub/message.ts";
import type { EventName, Stream, Uid } from "../../../src/wire/hub/vector.ts";
import { directStream } from "../../../src/wire/hub/vector.ts";
import { formatOffset } from "../../../src/wire/recovery/offset.ts";
import { NSP, uidNamed } from "./sim-names.ts";

export const [OWN, A, B] = [uidNamed("own"), uidNamed("a"), uidNamed("b")];
export const OWN_DIRECT: Stream = directStream(OWN);
export const KEEP_MS = 100_000;
export const EVERYONE: Address = { rooms: [], except: [] };
export const PLACE = { birth: 1, moorings: 0 };

/** An origin's machine, and what it has ordered. */
export class MachineStage {
  readonly origin: Origin;
  now = 0;
  sent: [number, ToHub][] = [];
  delivered: [Content, EventName, readonly string[]][] = [];
  /** What single sockets were sent, and records, in order. */
  wire: ([string, "event", string] | [string, "record", SessionRecord | undefined])[] = [];
  ended: string[] = [];
  listening: readonly number[] = [0];
  peers: ReadonlySet<Uid> = new Set();
  requests: [number, Uid, number][] = [];
  responses: [Uid, number, boolean][] = [];
  dropped: [number, number][] = [];
  startOvers = 0;
  data: Data | undefined = "{}";
  /** What happens in `startOver`, before it returns. */
  whenStartingOver: () => void = () => undefined;

  constructor(settings: Partial<OriginSettings> = {}) {
    const sizes = { pastBytes: 1e6, outboxBytes: 1e6, maxRecordBytes: 16_384 };
    this.origin = createOrigin({ uid: OWN, keepMs: KEEP_MS, ...sizes, ...settings }, this.#port());
  }

  /** Linked to shard 0 of one, with these others. */
  welcome(bases: readonly (readonly [Uid, number])[] = [], peers: readonly Uid[] = []): void {
    this.origin.opened(0, this.now);
    this.hear({ type: "welcome", bases: new Map(bases), last: 0, peers, shards: 1 });
  }

  hear(message: FromHub, shard = 0): void {
    this.origin.received(shard, message, this.now);
  }

  event(uid: Uid, n: number, content: Content): void {
    this.hear({ type: "event", uid, n, body: encodeContent(content) });
  }

  open(sid: string, rooms: readonly string[] = []): { readonly nsp: string; readonly sid: string } {
    const name = { nsp: NSP, sid };
    this.origin.socketOpened(name, `pid-${sid}`, PLACE, this.now);
    for (const one of rooms) this.origin.joined(name, one, this.now);
    this.origin.turnEnded(this.now);
    return name;
  }

  lose(sid: string, rooms: readonly string[] = []): void {
    const state = { sid, pid: `pid-${sid}`, rooms: [sid, ...rooms], data: "{}" };
    this.origin.socketLost({ nsp: NSP, sid }, state, this.now);
  }

  pass(ms: number): void {
    this.now += ms;
    this.origin.timePassed(this.now);
  }

  get lastRecord(): SessionRecord | undefined {
    const records = this.wire.flatMap((one) => (one[1] === "record" ? [one[2]] : []));
    return records.at(-1);
  }

  #port(): Parameters<typeof createOrigin>[1] {
    return {
      send: (shard, message) => this.sent.push([shard, message]),
      listen: (shards) => (this.listening = shards),
      deliver: (content, name, except) => this.delivered.push([content, name, except]),
      deliverTo: ({ sid }, { name }) => this.wire.push([sid, "event", formatOffset(name)]),
      request: (shard, from, id) => this.requests.push([shard, from, id]),
      response: (from, id, isLast) => this.responses.push([from, id, isLast]),
      peers: (uids) => (this.peers = uids),
      dataOf: () => this.data,
      record: ({ sid }, record) => this.wire.push([sid, "record", record]),
      end: ({ sid }) => this.ended.push(sid),
      startOver: () => {
        this.startOvers += 1;
        this.whenStartingOver();
      },
      dropped: (events, bytes) => this.dropped.push([events, bytes]),
    };
  }
}

export function eventTo(to: Address = EVERYONE, text = "hello"): Content {
  const data = JSON.stringify([text]);
  return { type: "event", nsp: NSP, to, flags: {}, isKept: true, data };
}

export function room(...rooms: readonly string[]): Address {
  return { rooms, except: [] };
}

export function restoringOf(sid: string, given: Partial<Restoring> = {}): Restoring {
  const session = { sid, pid: `pid-${sid}`, rooms: [sid], data: "{}" };
  return {
    nsp: NSP,
    session,
    place: { birth: 1, moorings: 1 },
    seen: new Map(),
    vector: new Map(),
    last: "",
    tail: [],
    ...given,
  };
}

export function offset(stream: Stream, n: number): string {
  return formatOffset({ stream, n });
}
