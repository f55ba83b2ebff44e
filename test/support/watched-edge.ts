import { setTimeout as delay } from "node:timers/promises";
import type { Server, ServerOptions } from "socket.io";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import { startEdge, type Edge } from "./edge.ts";
import { startHostileOrigin, type HostileOrigin } from "./hostile-origin.ts";
import { startOrigin, type Origin, type Setup } from "./origin.ts";
import { ownerOf, serveWitnesses, Witnesses } from "./witnesses.ts";

export interface WatchedOptions {
  readonly vars?: Readonly<Record<string, string>>;
  readonly server?: Partial<ServerOptions>;
  readonly setup?: Setup;
}

/**
 * An edge before one stock server and one hostile origin. Two witnesses talk through it all the while, and each test
 * ends with the question whether they noticed anything.
 */
export class WatchedEdge {
  #origin: Origin | undefined;
  #io: Server | undefined;
  #hostile: HostileOrigin | undefined;
  #edge: Edge | undefined;
  #witnesses: Witnesses | undefined;

  async open({ vars = {}, server = {}, setup = () => {} }: WatchedOptions): Promise<void> {
    this.#origin = await startOrigin();
    this.#io = this.#origin.serve(server, (io) => {
      serveWitnesses(io);
      setup(io);
    });
    this.#hostile = await startHostileOrigin();
    const origins = [`stock=${this.#origin.url}`, `hostile=${this.#hostile.url}`];
    // In turn, so that a test knows which of its handshakes the hostile origin gets.
    this.#edge = await startEdge({ origins, vars: { BALANCE: "round-robin", ...vars } });
    this.#witnesses = new Witnesses(this.#edge.url);
    await this.#witnesses.begin();
  }

  async close(): Promise<void> {
    this.#witnesses?.end();
    await this.#edge?.stop();
    await this.#hostile?.stop();
    await this.#origin?.stop();
  }

  get url(): string {
    return opened(this.#edge).url;
  }

  get edge(): Edge {
    return opened(this.#edge);
  }

  /** The stock server. */
  get io(): Server {
    return opened(this.#io);
  }

  /** Why a session ended, by the edge's log: reason and detail. Waits for the line. */
  async endOf(sid: string): Promise<string> {
    const line = `"event":"session-ended","sid":"${sid.slice(0, 4)}..${sid.slice(43, 47)}"`;
    await vi.waitUntil(() => this.edge.output().includes(line), { timeout: 10_000 });
    const [, rest = ""] = this.edge.output().split(line);
    const [, reason, detail] = /^,"reason":"([^"]*)","detail":"([^"]*)"/.exec(rest) ?? [];
    return `${reason}: ${detail}`;
  }

  /** Opens sessions until one is in the witnesses' own object: the pool gives room in several of them. */
  async beside<Session extends { readonly open: { readonly sid: string } }>(
    openOne: () => Promise<Session>,
  ): Promise<Session> {
    for (let turn = 0; turn < 100; turn++) {
      const session = await openOne();
      if (this.witnesses.owners.has(ownerOf(session.open.sid))) return session;
      // What it has promised of that object is offered again with its next snapshot.
      await delay(50);
    }
    throw new Error("Expected a session in the witnesses' object, got none.");
  }

  get hostile(): HostileOrigin {
    return opened(this.#hostile);
  }

  get witnesses(): Witnesses {
    return opened(this.#witnesses);
  }
}

/** Opens a watched edge before the tests of the file, asks the witnesses after each, and closes it after them. */
export function watchedEdge(options: WatchedOptions = {}): WatchedEdge {
  const watched = new WatchedEdge();
  beforeAll(() => watched.open(options));
  afterEach(async () => expect(await watched.witnesses.faults()).toEqual([]));
  afterAll(() => watched.close());
  return watched;
}

function opened<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error("Expected an open edge, got none.");
  return thing;
}
