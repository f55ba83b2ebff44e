import type { Origin } from "../../core/pool/origin.ts";
import type { Cause } from "../../core/session/cause.ts";
import { isOriginFault } from "../../core/session/cause.ts";
import type { Open } from "../../wire/open.ts";
import type { Sid } from "../../wire/sid.ts";
import type { Handshake, Link, PoolView } from "../contracts.ts";
import type { Settings } from "../env.ts";
import { log, shortSid } from "../log.ts";
import type { Moorer } from "./moorer.ts";
import type { NextTurn } from "./next-turn.ts";
import { silenceMsOf } from "./open-session.ts";
import type { Paced } from "./paced.ts";
import type { Reporter } from "./reporter.ts";

/** What a session needs of the object that owns it. */
export interface Owner {
  /** What waits for the client, or for an origin, has grown or shrunk. */
  queued(changeBytes: number): void;
  /** `origin` where it still had one. */
  ended(cause: Cause, origin: string | undefined): void;
  /** The session has another origin. */
  moored(origin: string): void;
  /** It has none, for now or for good. */
  left(origin: string, cause: Cause): void;
  /** Finds an origin that is none of these, as long as that is wanted. */
  moor(except: readonly string[], isWanted: () => boolean): Promise<Berth | Unmoored>;
  isAlive(origin: Origin): Promise<boolean>;
  /** A later request of the client's: its cookies are newer than the handshake's. */
  heard(headers: Headers): void;
  /** How long an origin may be silent that has opened with this. */
  silenceMsOf(open: Open): number;
  readonly nextTurn: NextTurn;
  readonly paced: Paced;
}

/** A link to an origin, with what that origin asks of its sessions. */
export interface Berth {
  readonly type: "moored";
  readonly origin: Origin;
  readonly link: Link;
  readonly open: Open;
  /** Names the connection, to an origin with `mooring/origin`. */
  readonly dial: string;
}

export interface Unmoored {
  readonly type: "unmoored";
  readonly why: "unreachable" | "none" | "refused";
}

/** What an object knows that one of its sessions asks for. */
export interface Quarters {
  readonly sid: Sid;
  readonly handshake: Handshake;
  readonly settings: Settings;
  readonly moorer: Moorer;
  readonly reporter: Reporter | undefined;
  readonly view: PoolView | undefined;
  readonly nextTurn: NextTurn;
  readonly paced: Paced;
  queued(changeBytes: number): void;
  forget(): void;
}

export function ownerOf(quarters: Quarters): Owner {
  const { sid, handshake, settings, moorer, reporter, nextTurn, paced } = quarters;
  const told = (origin: string, cause: Cause) => {
    reporter?.ended(origin);
    if (isOriginFault(cause)) reporter?.failed(origin, handshake.network);
  };
  return {
    nextTurn,
    paced,
    queued: (changeBytes) => quarters.queued(changeBytes),
    ended: (cause, origin) => {
      quarters.forget();
      if (origin !== undefined) told(origin, cause);
      log("session-ended", { sid: shortSid(sid), reason: cause.reason, detail: cause.text });
    },
    moored: (origin) => {
      reporter?.opened(origin, undefined);
      log("session-moored", { sid: shortSid(sid), origin });
    },
    left: (origin, cause) => {
      told(origin, cause);
      log("session-left-origin", { sid: shortSid(sid), origin, detail: cause.text });
    },
    moor: (except, isWanted) => moorAgain(quarters, except, isWanted),
    heard: (headers) => moorer.heard(headers),
    isAlive: (origin) => moorer.isAlive(origin),
    silenceMsOf: (open) => silenceMsOf(open, settings),
  };
}

async function moorAgain(
  { view, handshake, moorer }: Quarters,
  except: readonly string[],
  isWanted: () => boolean,
): Promise<Berth | Unmoored> {
  const havens = await view?.havens(handshake.place);
  const all = havens?.origins ?? handshake.origins;
  const origins = all.filter(({ name }) => !except.includes(name));
  if (origins.length === 0) return { type: "unmoored", why: "none" };
  const moored = await moorer.again({ origins, apartMs: havens?.apartMs ?? 0 }, isWanted);
  if (moored.type === "moored") return moored;
  return { type: "unmoored", why: moored.type === "refused" ? "refused" : "unreachable" };
}
