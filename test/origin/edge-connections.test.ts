import { describe, expect, test } from "vitest";
import { EdgeConnections } from "../../src/origin/edge-connections.ts";
import type { Connection } from "../../src/origin/socket-insides.ts";
import { DIAL_HEADER } from "../../src/wire/recovery/dial.ts";
import { formatParting, LEFT } from "../../src/wire/recovery/note.ts";
import { dialHeader, newDial } from "../support/fake-edge.ts";

const TOKEN = "a-token-of-sixteen-or-more";

interface Stub {
  readonly connection: Connection;
  readonly sent: (readonly [type: string, payload: string])[];
  close(): void;
  /** Takes a packet from the peer. */
  take(type: string, data?: unknown): void;
}

/** A connection, so far as it is used here. */
function stub(header?: string): Stub {
  const sent: [string, string][] = [];
  const listeners: (() => void)[] = [];
  const takers: ((packet: { type: string; data?: unknown }) => void)[] = [];
  const connection: unknown = {
    readyState: "open",
    request: { headers: header === undefined ? {} : { [DIAL_HEADER]: header } },
    on: (_: string, taker: (packet: { type: string; data?: unknown }) => void) => {
      takers.push(taker);
    },
    once: (_: string, listener: () => void) => void listeners.push(listener),
    sendPacket: (type: string, payload: string) => void sent.push([type, payload]),
  };
  if (!isConnection(connection)) throw new Error("Expected a connection.");
  const close = (): void => {
    for (const listener of listeners) listener();
  };
  const take = (type: string, data?: unknown): void => {
    for (const taker of takers) taker({ type, data });
  };
  return { connection, sent, close, take };
}

function isConnection(value: unknown): value is Connection {
  return typeof value === "object" && value !== null && "readyState" in value;
}

describe("the place of a session", () => {
  test("is its dial's, on a connection of our edge", () => {
    const edge = new EdgeConnections(TOKEN);
    const { connection: of } = stub(dialHeader(newDial({ birth: 5, moorings: 3 }), TOKEN));
    expect(edge.placeOf(of)).toEqual({ birth: 5, moorings: 3 });
    expect(edge.placeOf(of, { birth: 9, moorings: 1 })).toEqual({ birth: 5, moorings: 3 });
  });

  test("is the connection's beginning elsewhere, and later than where the session was", () => {
    const edge = new EdgeConnections(TOKEN);
    const { connection: of } = stub();
    const before = Date.now();
    edge.arrived(of);
    const { birth, moorings } = edge.placeOf(of);
    expect(birth).toBeGreaterThanOrEqual(before);
    expect(moorings).toBe(0);
    // By a clock that goes before ours.
    const ahead = { birth: birth + 60_000, moorings: 7 };
    expect(edge.placeOf(of, ahead)).toEqual({ birth: birth + 60_001, moorings: 0 });
  });
});

describe("what the edge calls this origin", () => {
  test("is told by its dials alone", () => {
    const edge = new EdgeConnections(TOKEN);
    edge.arrived(stub(dialHeader(newDial({ name: "forged" }), "another-token-of-16")).connection);
    edge.arrived(stub().connection);
    expect(edge.origin).toBeUndefined();
    edge.arrived(stub(dialHeader(newDial({ pool: "chat", name: "two" }), TOKEN)).connection);
    expect(edge.origin).toEqual({ pool: "chat", name: "two" });
  });
});

test("notes go to our edge's connections that are open, and to nobody else", () => {
  const edge = new EdgeConnections(TOKEN);
  const ours = stub(dialHeader(newDial(), TOKEN));
  const closed = stub(dialHeader(newDial(), TOKEN));
  const clients = stub();
  for (const { connection } of [ours, closed, clients]) edge.arrived(connection);
  closed.close();
  edge.tellAll({ type: "closing" });
  const sent = [ours, closed, clients].map((one) => one.sent);
  expect(sent).toEqual([[["noop", '{"type":"closing"}']], [], []]);
});

describe("a connection that our edge leaves", () => {
  test("is told that all is said behind the turn in which it is asked", async () => {
    const edge = new EdgeConnections(TOKEN);
    const ours = stub(dialHeader(newDial(), TOKEN));
    edge.arrived(ours.connection);
    ours.take("noop", formatParting(2).slice(1));
    setImmediate(() => edge.tell(ours.connection, { type: "gone", nsp: "/" }));
    expect(ours.sent).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ours.sent[0]).toEqual(["noop", '{"type":"parted","n":2}']);
  });

  test("has its sockets ended at the word, and by no client's", () => {
    const left: Connection[] = [];
    const edge = new EdgeConnections(TOKEN, (connection) => left.push(connection));
    const ours = stub(dialHeader(newDial(), TOKEN));
    const clients = stub();
    for (const { connection } of [ours, clients]) edge.arrived(connection);
    clients.take("noop", LEFT.slice(1));
    ours.take("message", LEFT.slice(1));
    ours.take("noop");
    expect(left).toEqual([]);
    ours.take("noop", LEFT.slice(1));
    expect(left).toEqual([ours.connection]);
  });
});
