import type { FromHub, ToHub } from "../../../src/wire/hub/message.ts";
import type { Uid } from "../../../src/wire/hub/vector.ts";

/** An origin as the shard's world has it. */
export interface Peer {
  readonly uid: Uid;
  /** How many things had happened when it was first welcomed, and when it published each of its events. */
  welcomedAfter: number;
  /** When the last link that it was welcomed on ended. */
  lostAt: number;
  readonly published: number[];
  /** Up to which of them it no longer keeps. */
  kept: number;
  readonly taken: Map<Uid, number>;
  /** What it has not told the hub yet. */
  readonly news: Map<Uid, number>;
  isFresh: boolean;
  isLinked: boolean;
  toHub: ToHub[];
  fromHub: { readonly message: FromHub; readonly bytes: number }[];
  bytes: number;
  toldBytes: number;
  asked: number;
  readonly answers: Map<number, Uid[]>;
  holes: number;
}

export function publication({ uid: of }: Peer, n: number): ToHub {
  return { type: "publish", n, body: bodyOf(of, n) };
}

export function isBody(body: Uint8Array, of: Uid, n: number): boolean {
  return new TextDecoder().decode(body) === `${of}#${n}`;
}

export function bodyOf(of: Uid, n: number): Uint8Array {
  return new TextEncoder().encode(`${of}#${n}`);
}
