import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { type Packet, PacketType } from "socket.io-parser";
import type { Stream } from "../../src/wire/hub/vector.ts";
import type { Dial } from "../../src/wire/recovery/dial.ts";
import { DIAL_HEADER, DIAL_KEY_INFO, formatDial } from "../../src/wire/recovery/dial.ts";
import type { Note } from "../../src/wire/recovery/note.ts";
import { parseOffset } from "../../src/wire/recovery/offset.ts";
import { formatReplay, type Replay } from "../../src/wire/recovery/replay.ts";
import { EngineLink } from "./engine-link.ts";

/** The header field of our edge's dials, with a mac by that token. */
export function dialHeader(dial: Dial, token: string): string {
  const key = Buffer.from(hkdfSync("sha256", token, "", DIAL_KEY_INFO, 32));
  const signed = formatDial(dial);
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

export function newDial(fields: Partial<Dial> = {}): Dial {
  const id = randomBytes(12).toString("base64url");
  return { id, birth: Date.now(), moorings: 0, pool: "default", name: "one", ...fields };
}

/** What became of a CONNECT. `refused` and `closed` are a connection's end; `why` is the note's. */
export type Answer =
  | { readonly type: "connected"; readonly sid: string; readonly pid: string | undefined }
  | { readonly type: "refused"; readonly why: string }
  | { readonly type: "error"; readonly message: string }
  | { readonly type: "closed"; readonly code: number };

/** One session of an edge that re-homes, in one namespace: what it is told, keeps and says when its origin is lost. */
export class FakeEdge {
  readonly nsp: string;
  /** Events as the client has them: in order, what came before a CONNECT's answer with that answer. */
  readonly events: unknown[][] = [];
  /** The offsets that they came with. */
  readonly offsets: string[] = [];
  readonly notes: Note[] = [];
  /** Notes that came by a connection that the edge had left already. */
  readonly stray: Note[] = [];
  /** Which of `events` had come when a record came: what goes before what. */
  readonly order: string[] = [];
  readonly seen = new Map<Stream, number>();
  birth = Date.now();
  moorings = -1;
  sid: string | undefined;
  pid: string | undefined;
  record: string | undefined;
  last = "";
  #token: string | undefined;
  #link: EngineLink | undefined;
  #watchers = new Set<() => void>();

  /** Without a token it is an ordinary client, whatever it says. */
  constructor(token: string | undefined, nsp = "/") {
    this.#token = token;
    this.nsp = nsp;
  }

  /** The first CONNECT of a client; `auth` may bring what a stock client brings back. */
  connect(url: string, auth: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    return this.#dial(url, () => auth);
  }

  /** Goes on at another origin, or the same; `change` says otherwise what the edge would say. */
  rehome(url: string, change: Partial<Replay> = {}): Promise<Answer> {
    return this.#dial(url, (dial) => {
      const { record = "", seen, last } = this;
      const replay = { dial: dial.id, record, seen, last, ...change };
      return { pid: this.pid, offset: formatReplay(replay) };
    });
  }

  /** The connection that it has now. */
  get link(): EngineLink | undefined {
    return this.#link;
  }

  /** Ends the connection as a network does; the origin may or may not notice. */
  cut(): void {
    this.#link?.socket.terminate();
  }

  /** Keeps what the origin sends from being read, and the origin from noticing anything. */
  freeze(): void {
    this.#link?.socket.pause();
  }

  /** The code that the origin's end of the connection came with. */
  async ended(): Promise<number> {
    return this.#link?.ended ?? 0;
  }

  /** Sends an event of the client's. */
  emit(...args: unknown[]): void {
    this.#link?.sendPacket({ type: PacketType.EVENT, nsp: this.nsp, data: args });
  }

  /** Resolves as soon as this holds, which it is asked whenever something has come. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Events of that name: the arguments of each. */
  got(name: string): unknown[][] {
    return this.events.filter(([event]) => event === name).map(([, ...args]) => args);
  }

  async #dial(url: string, auth: (dial: Dial) => unknown): Promise<Answer> {
    // What the old connection still says isn't heard any more.
    this.#link = undefined;
    this.moorings += 1;
    const { birth, moorings } = this;
    const dial = newDial({ birth, moorings });
    const link = await EngineLink.open(
      url,
      this.#token === undefined ? {} : { [DIAL_HEADER]: dialHeader(dial, this.#token) },
    );
    this.#link = link;
    const held: (() => void)[] = [];
    return new Promise((resolve) => {
      let why: string | undefined;
      let isAnswered = false;
      const take = (act: () => void) => (isAnswered ? act() : held.push(act));
      link.onNote = (note) => {
        if (this.#link !== link) {
          this.stray.push(note);
          return;
        }
        if (note.type === "refused") why = note.why;
        take(() => this.#noted(note));
        this.#look();
      };
      link.onPacket = (packet) => {
        if (this.#link !== link) return;
        const answer = answerIn(packet);
        if (answer) {
          isAnswered = true;
          for (const act of held) act();
          if (answer.type === "connected") ({ sid: this.sid, pid: this.pid } = answer);
          resolve(answer);
        } else take(() => this.#taken(packet));
        this.#look();
      };
      link.onEnd = (code) => {
        resolve(why === undefined ? { type: "closed", code } : { type: "refused", why });
        this.#look();
      };
      link.socket.send(`40${this.nsp === "/" ? "" : `${this.nsp},`}${JSON.stringify(auth(dial))}`);
    });
  }

  #noted(note: Note): void {
    this.notes.push(note);
    if (note.type !== "record") return;
    this.record = note.record;
    this.order.push("record");
  }

  #taken({ type, data }: Packet): void {
    if (type === PacketType.DISCONNECT) this.order.push("disconnect");
    if (type !== PacketType.EVENT && type !== PacketType.BINARY_EVENT) return;
    if (!Array.isArray(data)) return;
    const args = data.map((argument: unknown) => argument);
    const last = args.at(-1);
    const name = typeof last === "string" ? parseOffset(last) : undefined;
    if (name && typeof last === "string") {
      args.pop();
      this.offsets.push(last);
      this.seen.set(name.stream, Math.max(name.n, this.seen.get(name.stream) ?? 0));
      this.last = last;
    }
    this.events.push(args);
    this.order.push(String(args[0]));
  }

  #look(): void {
    for (const look of this.#watchers) look();
  }
}

function answerIn({ type, data }: Packet): Answer | undefined {
  if (type !== PacketType.CONNECT && type !== PacketType.CONNECT_ERROR) return undefined;
  const fields: unknown = data;
  const field = (name: string) => {
    const value: unknown =
      typeof fields === "object" && fields ? Reflect.get(fields, name) : undefined;
    return typeof value === "string" ? value : undefined;
  };
  if (type === PacketType.CONNECT_ERROR) return { type: "error", message: field("message") ?? "" };
  return { type: "connected", sid: field("sid") ?? "", pid: field("pid") };
}
