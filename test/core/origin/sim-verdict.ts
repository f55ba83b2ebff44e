import type { Stream, Uid } from "../../../src/wire/hub/vector.ts";
import type { SimClient } from "./sim-client.ts";
import type { SimSocket } from "./sim-socket.ts";
import type { TrueEvent, TrueSession } from "./sim-truth.ts";
import { sidOf } from "./sim-names.ts";
import type { World } from "./hub-world.ts";

/** What must hold when everything has healed. */
export function judge(world: World): void {
  const { truth } = world;
  const seats = new Map<string, number>();
  for (const [, { sid, wire }] of world.sockets) {
    if (wire.isOpen) seats.set(sid, (seats.get(sid) ?? 0) + 1);
  }
  for (const [sid, count] of seats) {
    if (count > 1) truth.trouble(`two live sockets: ${count} of ${sid}`);
  }
  for (const client of world.clients) judgeClient(world, client);
}

function judgeClient(world: World, client: SimClient): void {
  const { truth } = world;
  const session = client.pid === undefined ? undefined : truth.sessions.get(client.pid);
  if (!client.isConnected || session === undefined) {
    truth.trouble(`client ${client.number} never came back`);
    return;
  }
  const sid = sidOf(session.pid);
  const [socket] = world.sockets
    .map(([, one]) => one)
    .filter((one) => one.sid === sid && one.wire.isOpen);
  if (socket === undefined) {
    truth.trouble(`client ${client.number} is connected to no socket`);
    return;
  }
  if (session.isGuessed) return;
  judgeOrder(world, client);
  const got = new Set(client.got.flatMap((event) => truth.named(event) ?? []));
  const living = new Set(world.living.map(({ uid }) => uid));
  for (const event of truth.events) judgeEvent(world, event, { session, socket, got, living });
  for (const room of ["r0", "r1"]) judgeRoom(world, session, socket, room);
}

/** Nothing twice, and each sender's in its order. */
function judgeOrder(world: World, client: SimClient): void {
  const seen = new Set<string>();
  const last = new Map<Stream, number>();
  for (const { name } of client.got) {
    const text = `${name.stream}:${name.n}`;
    const before = last.get(name.stream) ?? 0;
    if (seen.has(text)) world.truth.trouble(`doubled: ${text}`);
    else if (name.n < before) world.truth.trouble(`out of order: ${text} after ${before}`);
    seen.add(text);
    last.set(name.stream, Math.max(before, name.n));
  }
}

interface Case {
  readonly session: TrueSession;
  readonly socket: SimSocket;
  readonly got: ReadonlySet<TrueEvent>;
  readonly living: ReadonlySet<Uid>;
}

function judgeEvent(world: World, event: TrueEvent, { session, socket, got, living }: Case): void {
  const { truth } = world;
  const { name, to } = event;
  const text = `${event.type} ${name.stream}:${name.n}`;
  if (typeof to === "string") {
    if (to !== socket.sid && got.has(event)) truth.trouble(`not addressed: ${text}`);
    const origin = world.byUid(name.stream.slice(0, 16));
    // One that was away from the hub for too long may never hear who has its sessions now.
    const isOwed = to === socket.sid && origin !== undefined && origin.holedAt < event.at;
    if (isOwed && !event.isExcused && !got.has(event)) truth.trouble(`lost: ${text}`);
    return;
  }
  if (name.n <= (session.bornWith.get(name.stream) ?? 0)) return;
  const isOwed = truth.isOwed(event, living);
  if (event.type === "event") {
    const named = [...to.rooms, ...to.except];
    if (session.marks.some(({ room }) => named.includes(room))) return;
    const isIn = (room: string) => room === "r0" && Number(session.pid) % 2 === 1;
    const isFor = (to.rooms.length === 0 || to.rooms.some(isIn)) && !to.except.some(isIn);
    if (isFor && isOwed && !got.has(event)) truth.trouble(`lost: ${text}`);
    if (!isFor && got.has(event)) truth.trouble(`not addressed: ${text}`);
  } else if (isOwed && isDisobeyed(event, socket)) truth.trouble(`not obeyed: ${text}`);
}

function isDisobeyed({ type }: TrueEvent, { rooms }: SimSocket): boolean {
  if (type === "disconnect") return true;
  return type === "leave" ? rooms.has("c0") : !rooms.has("c2");
}

/** Changes of rooms that the edge has heard of last. */
function judgeRoom(world: World, { marks, pid }: TrueSession, socket: SimSocket, room: string) {
  const own = marks.filter((mark) => mark.room === room);
  const last = own.at(-1);
  if (last === undefined || !own.every(({ isBound, isGhost }) => isBound && !isGhost)) return;
  if (socket.rooms.has(room) === last.isJoined) return;
  world.truth.trouble(`rooms: ${pid} should ${last.isJoined ? "" : "not "}be in ${room}`);
}
