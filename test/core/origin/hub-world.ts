import { comparePlaces } from "../../../src/core/origin/notices.ts";
import type { Place } from "../../../src/wire/hub/content.ts";
import type { Uid } from "../../../src/wire/hub/vector.ts";
import type { Step } from "./hub-steps.ts";
import { deliver, dial, STEPS } from "./hub-steps.ts";
import type { SimEdge } from "./sim-edge.ts";
import { SimClient } from "./sim-client.ts";
import { SimHub } from "./sim-hub.ts";
import { NSP, uidNamed } from "./sim-names.ts";
import type { Fault } from "./sim-origin.ts";
import { SimOrigin } from "./sim-origin.ts";
import type { SimSocket } from "./sim-socket.ts";
import { Truth } from "./sim-truth.ts";
import { judge } from "./sim-verdict.ts";
import type { Wire } from "./sim-wire.ts";

export interface WorldSettings {
  readonly origins: number;
  readonly clients: number;
  readonly shards: number;
  readonly keepMs: number;
  readonly pastBytes: number;
  readonly fault: Fault;
}

const STEP_MS = 1000;
const HUB_GRACE_MS = 40 * STEP_MS;
const LOSS_GRACE_MS = 18 * STEP_MS;
const PING_MS = 22 * STEP_MS;

/** Real origin machines and a real hub, between them links that may be cut; in front of them edge sessions and clients. */
export class World {
  now = 1_000_000;
  readonly truth = new Truth();
  readonly hub: SimHub;
  readonly slots: (SimOrigin | undefined)[] = [];
  readonly clients: SimClient[] = [];
  readonly edges: SimEdge[] = [];
  readonly #settings: WorldSettings;
  #uids = 0;
  #pids = 0;

  constructor(settings: WorldSettings) {
    this.#settings = settings;
    const watch = {
      now: () => this.now,
      published: (uid: Uid, n: number) => this.truth.atHub(uid, n),
      closed: ({ uid, shard }: { uid: Uid; shard: number }) => this.byUid(uid)?.linkEnded(shard),
    };
    this.hub = new SimHub(watch, settings.shards, HUB_GRACE_MS);
    for (let i = 0; i < settings.origins; i += 1) this.boot(i);
    for (let i = 0; i < settings.clients; i += 1) this.clients.push(new SimClient(i));
  }

  get living(): SimOrigin[] {
    return this.slots.filter((origin) => origin !== undefined);
  }

  get sockets(): [SimOrigin, SimSocket][] {
    return this.living.flatMap((origin) =>
      [...origin.sockets.values()].map((socket): [SimOrigin, SimSocket] => [origin, socket]),
    );
  }

  byUid(uid: string): SimOrigin | undefined {
    return this.living.find((origin) => origin.uid === uid);
  }

  /** A new process. */
  boot(slot: number): void {
    this.#uids += 1;
    const { keepMs, pastBytes, fault } = this.#settings;
    const uid = uidNamed(`U${slot}_${this.#uids}`);
    const sizes = { pastBytes, outboxBytes: 1_000_000, maxRecordBytes: 16_384 };
    const origin = new SimOrigin(
      { uid, keepMs, ...sizes },
      {
        hub: this.hub,
        truth: this.truth,
        fault,
        now: () => this.now,
        newPid: () => String((this.#pids += 1)),
        latestPlace: (pid) => this.latestPlace(pid),
        isCurrent: (wire, pid) => this.isCurrent(wire, pid),
      },
    );
    this.slots[slot] = origin;
    origin.linkUp();
    for (let rounds = 0; rounds < 8; rounds += 1) {
      for (const link of origin.links) {
        while (link.up.length > 0) this.hub.hear(link);
        while (link.down.length > 0) origin.hear(link);
      }
    }
  }

  latestPlace(pid: string): Place | undefined {
    return this.living
      .flatMap(({ machine }) => machine.knows(NSP, pid, "", this.now)?.place ?? [])
      .toSorted(comparePlaces)
      .at(-1);
  }

  isCurrent(wire: Wire, pid: string): boolean {
    const edge = this.edges[wire.edge];
    return (
      edge?.isAlive === true &&
      wire.isOpen &&
      edge.wire === wire &&
      edge.client.edge === edge &&
      edge.client.pid === pid
    );
  }

  /** Time passes, and something happens. */
  run({ kind, a, b, c }: Step): void {
    if (kind !== "nets") {
      this.now += STEP_MS;
      this.#age();
    }
    STEPS[kind](this, a, b, c);
  }

  /** Everything heals, and everything on its way comes; gives what is wrong then. */
  settle(): readonly string[] {
    for (let round = 0; round < 30; round += 1) {
      for (const origin of this.living) origin.linkUp();
      for (let i = 0; i < 4000 && deliver(this, share(round, i), share(i, round)); i += 1);
      for (let i = 0; i < 4; i += 1) dial(this, share(round, i), share(i, round));
    }
    judge(this);
    return this.truth.troubles;
  }

  #age(): void {
    this.hub.timePassed();
    for (const origin of this.living) {
      origin.timePassed();
      // A cut is noticed by both ends, after a while.
      for (const socket of origin.sockets.values()) {
        if (socket.wire.isOpen) continue;
        socket.wire.cutAt ??= this.now;
        if (this.now - socket.wire.cutAt > PING_MS) origin.lose(socket);
      }
    }
    for (const edge of this.edges) {
      if (!edge.isAlive || edge.wire.isOpen) edge.lostAt = undefined;
      else {
        edge.lostAt ??= this.now;
        if (this.now - edge.lostAt > LOSS_GRACE_MS) edge.close();
      }
    }
  }
}

function share(one: number, other: number): number {
  return ((one * 7919 + other * 104_729) % 1009) / 1009;
}
