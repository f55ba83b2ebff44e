import type { World } from "./hub-world.ts";
import type { SimClient } from "./sim-client.ts";
import { SimEdge } from "./sim-edge.ts";
import type { SimLink } from "./sim-link.ts";
import { NSP } from "./sim-names.ts";
import type { SimOrigin } from "./sim-origin.ts";
import { Wire } from "./sim-wire.ts";

/** One thing that happens: what, and which of all that it could happen to, as shares of one. */
export interface Step {
  readonly kind: StepKind;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export type StepKind = keyof typeof STEPS;

export const STEPS = {
  /** Something on its way arrives. */
  net: deliver,
  /** The same, without time. */
  nets: deliver,
  publish(world: World, a: number, b: number): void {
    const origin = pick(world.living, a);
    if (origin === undefined) return;
    const rooms = pick([[], [], ["r0"], ["r1"], ["r0", "r1"]], b) ?? [];
    const except = b * 100 - Math.floor(b * 100) < 0.2 ? ["r1"] : [];
    const data = JSON.stringify(["event", world.truth.nextId()]);
    const to = { rooms, except };
    origin.publish({ type: "event", nsp: NSP, to, flags: {}, isKept: true, data });
    origin.endTurn();
  },
  emit(world: World, a: number): void {
    const [origin, socket] = pick(world.sockets, a) ?? [];
    if (origin !== undefined && socket !== undefined) origin.emit(socket);
  },
  room(world: World, a: number, b: number, c: number): void {
    const [origin, socket] = pick(world.sockets, a) ?? [];
    if (origin === undefined || socket === undefined) return;
    origin.changeRoom(socket, b < 0.5 ? "r0" : "r1");
    if (c < 0.4) origin.emit(socket);
    origin.endTurn();
  },
  command(world: World, a: number, b: number): void {
    const origin = pick(world.living, a);
    if (origin === undefined) return;
    const [c0, c1] = ["c0", "c1"].map((room) => ({ nsp: NSP, to: { rooms: [room], except: [] } }));
    if (c0 === undefined || c1 === undefined) return;
    if (b < 0.4) origin.publish({ type: "leave", ...c0, rooms: ["c0"] });
    else if (b < 0.7) origin.publish({ type: "join", ...c1, rooms: ["c2"] });
    else origin.publish({ type: "disconnect", ...c1, close: true });
    origin.endTurn();
  },
  reset(world: World): void {
    world.truth.resetsAt.push(world.now);
    world.hub.reset();
    for (const origin of world.living) origin.linkDown(false);
  },
  reshard(world: World, a: number): void {
    world.truth.resetsAt.push(world.now);
    world.hub.reset(1 + Math.floor(a * 3));
    for (const origin of world.living) origin.linkDown(false);
  },
  linkDown(world: World, a: number, b: number): void {
    pick(world.living, a)?.linkDown(b < 0.7);
  },
  linkUp(world: World, a: number): void {
    pick(world.living, a)?.linkUp();
  },
  kill(world: World, a: number): void {
    const origin = pick(world.living, a);
    if (origin === undefined || world.living.length < 2) return;
    world.truth.counts.kills += 1;
    for (const socket of origin.sockets.values()) socket.wire.cut(0.5);
    for (const edge of world.edges) if (edge.wire.origin === origin.uid) edge.wire.cut(0.5);
    world.hub.forget(origin.uid);
    origin.recovery.killed();
    world.slots[world.slots.indexOf(origin)] = undefined;
  },
  start(world: World): void {
    const slot = world.slots.indexOf(undefined);
    if (slot !== -1) world.boot(slot);
  },
  edgeCut(world: World, a: number, b: number): void {
    pick(
      world.edges.filter((edge) => edge.isAlive && edge.wire.isOpen),
      a,
    )?.wire.cut(b);
  },
  clientCut(world: World, a: number, b: number): void {
    const edge = pick(
      world.edges.filter((one) => one.isAlive && one.client.edge === one),
      a,
    );
    if (edge === undefined) return;
    edge.client.cut();
    edge.toClient.length = 0;
    // Its edge session lives on for a while, unless the object has gone with it.
    if (b >= 0.4) return;
    edge.isAlive = false;
    edge.wire.down.length = 0;
    edge.wire.close();
    if (b < 0.2) loseAt(world, edge.wire);
  },
  move(world: World, a: number, b: number): void {
    const movable = world.edges.filter((edge) => {
      return edge.isAlive && edge.wire.isOpen && !edge.isReplaying && edge.hasRecord;
    });
    const edge = pick(movable, a);
    const target =
      edge &&
      pick(
        world.living.filter(({ uid }) => uid !== edge.wire.origin),
        b,
      );
    if (edge === undefined || target === undefined) return;
    drain(edge);
    if (!edge.isAlive || !edge.wire.isOpen) return;
    edge.wire.close();
    loseAt(world, edge.wire);
    rehome(edge, target);
  },
  ghost(world: World, a: number): void {
    const [origin, socket] =
      pick(
        world.sockets.filter(([, { wire }]) => !wire.isOpen),
        a,
      ) ?? [];
    if (origin !== undefined && socket !== undefined) origin.lose(socket);
  },
  dial,
};

function pick<Item>(items: readonly Item[], which: number): Item | undefined {
  return items[Math.floor(which * items.length)];
}

/** Something that is on its way comes. */
export function deliver(world: World, a: number, b: number): boolean {
  const ways: (() => void)[] = [];
  for (const origin of world.living) {
    for (const link of origin.links) {
      if (link.up.length > 0) ways.push(() => world.hub.hear(link));
      if (link.down.length > 0) ways.push(() => hear(origin, link, b));
    }
    if (origin.dials.length > 0) {
      ways.push(() => {
        origin.dials.shift()?.();
        if (b < 0.5) origin.recovery.finishGap();
        origin.endTurn();
      });
    }
    if (origin.recovery.gaps.length > 0) {
      ways.push(() => {
        origin.recovery.finishGap();
        origin.endTurn();
      });
    }
  }
  for (const edge of world.edges) {
    if (edge.isAlive && edge.wire.isOpen && edge.wire.down.length > 0) {
      ways.push(() => takeDown(edge));
    }
    if (edge.toClient.length > 0 && edge.client.edge === edge) {
      ways.push(() => edge.toClient.shift()?.forEach((message) => edge.client.take(message)));
    }
  }
  const way = pick(ways, a);
  way?.();
  return way !== undefined;
}

function hear(origin: SimOrigin, link: SimLink, b: number): void {
  for (let n = b < 0.4 ? 4 : 1; n > 0 && origin.links.includes(link); n -= 1) origin.hear(link);
  origin.endTurn();
}

function takeDown(edge: SimEdge): void {
  const message = edge.wire.down.shift();
  if (message !== undefined) edge.take(message);
}

function drain(edge: SimEdge): void {
  const { wire } = edge;
  while (edge.isAlive && edge.wire === wire && wire.down.length > 0) takeDown(edge);
}

/** The origin notices that the connection is closed. */
function loseAt(world: World, wire: Wire): void {
  const origin = world.byUid(wire.origin);
  for (const socket of origin?.sockets.values() ?? []) {
    if (socket.wire === wire) origin?.lose(socket);
  }
}

function rehome(edge: SimEdge, origin: SimOrigin): void {
  const wire = new Wire(edge.number, origin.uid);
  const moored = edge.moor(wire);
  if (moored === undefined) return;
  origin.dials.push(() => origin.recovery.replay(wire, moored.restoring, moored.at));
}

/** An edge session that has lost its origin dials another; or a client that has lost its edge session comes back. */
export function dial(world: World, a: number, b: number): void {
  const ways: (() => void)[] = [];
  for (const edge of world.edges) {
    if (edge.isAlive && !edge.wire.isOpen) ways.push(() => redial(world, edge, b));
  }
  const origin = pick(world.living, b);
  if (origin === undefined) return;
  for (const client of world.clients) {
    if (client.edge === undefined) ways.push(() => comeBack(world, client, origin));
  }
  pick(ways, a)?.();
}

function redial(world: World, edge: SimEdge, which: number): void {
  drain(edge);
  if (!edge.isAlive || edge.wire.isOpen) return;
  if (edge.pid === undefined || !edge.hasRecord) {
    edge.close();
    return;
  }
  const untried = world.living.filter(({ uid }) => !edge.tried.has(uid));
  const origin = pick(untried, which);
  // All are too young for it.
  if (origin === undefined) edge.close();
  else rehome(edge, origin);
}

function comeBack(world: World, client: SimClient, origin: SimOrigin): void {
  const number = world.edges.length;
  const wire = new Wire(number, origin.uid);
  const edge = new SimEdge(number, client, wire, world.truth);
  world.edges.push(edge);
  client.cut();
  client.edge = edge;
  const { pid, offset } = client;
  if (pid !== undefined) world.truth.counts.returned += 1;
  origin.dials.push(() => origin.recovery.dial(wire, edge.place, pid, offset));
}
