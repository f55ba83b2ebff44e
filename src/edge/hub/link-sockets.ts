import { encodeFromHub } from "../../wire/hub/frame.ts";
import type { FromHub } from "../../wire/hub/message.ts";
import { FRAME_BYTES } from "../../wire/hub/message.ts";
import type { Uid } from "../../wire/hub/vector.ts";

interface Line {
  readonly socket: WebSocket;
  /** Messages that go together, in order. */
  waiting: Uint8Array[];
}

/** RFC 6455, 5.5: what a control frame may carry, less the status code. */
const MAX_REASON_CHARACTERS = 120;

/**
 * Frames that are further apart than this go at once, each by itself. A frame costs several times what a message in it
 * does, but a timer that fires costs more than a frame.
 */
const APART_MS = 1;

/**
 * The WebSockets of a shard's links. Where frames follow each other closely, what comes while a timer runs goes together
 * when it has run.
 */
export class LinkSockets {
  readonly #lines = new Map<Uid, Line>();
  readonly #uids = new Map<WebSocket, Uid>();
  #touched: Line[] = [];
  #isGathering = false;
  #wroteAt = -Infinity;
  // What goes to all is encoded once.
  #message: FromHub | undefined;
  #bytes: Uint8Array = new Uint8Array();

  attach(uid: Uid, socket: WebSocket): void {
    this.#lines.set(uid, { socket, waiting: [] });
    this.#uids.set(socket, uid);
  }

  /** Whose link this is; `undefined` when it is nobody's any more. */
  uidOf(socket: WebSocket): Uid | undefined {
    return this.#uids.get(socket);
  }

  all(): ReadonlyMap<Uid, WebSocket> {
    return new Map(Array.from(this.#lines, ([uid, { socket }]) => [uid, socket]));
  }

  /** Gives the message's size; it goes with `flush`, or in a moment. */
  send(uid: Uid, message: FromHub): number {
    if (message !== this.#message) {
      this.#message = message;
      this.#bytes = encodeFromHub(message);
    }
    const line = this.#lines.get(uid);
    if (line !== undefined) {
      if (line.waiting.length === 0) this.#touched.push(line);
      line.waiting.push(this.#bytes);
    }
    return this.#bytes.byteLength;
  }

  /** After everything that belongs together has been sent. */
  flush(): void {
    this.#message = undefined;
    this.#bytes = new Uint8Array();
    if (!this.#isGathering) this.#write();
  }

  close(uid: Uid, code: number, reason: string): void {
    const socket = this.#lines.get(uid)?.socket;
    if (socket === undefined) return;
    this.detach(socket);
    socket.close(code, reason.slice(0, MAX_REASON_CHARACTERS));
  }

  /** Answers the other end's close, which would wait for it; a code that can't be said is an ordinary end. */
  answerClose(socket: WebSocket, code: number): void {
    for (const answer of [code, 1000]) {
      try {
        socket.close(answer);
        return;
      } catch {
        // 1005, 1006 and 1015 among others, which stand for what was not said
      }
    }
  }

  detach(socket: WebSocket): void {
    const uid = this.#uids.get(socket);
    if (uid === undefined) return;
    this.#uids.delete(socket);
    this.#lines.delete(uid);
  }

  #write(): void {
    const touched = this.#touched;
    if (touched.length === 0) return;
    this.#touched = [];
    for (const line of touched) writeTo(line);
    const now = Date.now();
    const isApart = now - this.#wroteAt > APART_MS;
    this.#wroteAt = now;
    if (isApart) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      this.#write();
    }, 0);
  }
}

function writeTo(line: Line): void {
  const messages = line.waiting;
  line.waiting = [];
  let from = 0;
  while (from < messages.length) {
    let [to, bytes] = [from, 0];
    while (to < messages.length) {
      const more = messages[to]?.byteLength ?? 0;
      if (to > from && bytes + more > FRAME_BYTES) break;
      bytes += more;
      to += 1;
    }
    try {
      line.socket.send(frameOf(messages.slice(from, to), bytes));
    } catch {
      return; // it has closed, of which we hear in a moment
    }
    from = to;
  }
}

function frameOf(messages: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = messages;
  if (only !== undefined && messages.length === 1) return only;
  const frame = new Uint8Array(bytes);
  let at = 0;
  for (const message of messages) {
    frame.set(message, at);
    at += message.byteLength;
  }
  return frame;
}
