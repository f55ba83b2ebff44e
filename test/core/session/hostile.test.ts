import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Effect, Limits } from "../../../src/core/session/session.ts";
import { pollingSession, streamingSession } from "../../../src/core/session/step.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { bytes } from "../../wire/bytes.ts";
import { ORIGIN, message } from "./sessions.ts";
import { Shell } from "./shell.ts";

// So small that everything runs over now and then.
const LIMITS: Limits = {
  pingInterval: 500,
  pingTimeout: 300,
  maxPayload: 60,
  creditBytes: 50,
  queueBytes: 1000,
  holdBytes: 3000,
  silenceMs: 800,
  lossGraceMs: 1000,
  onUnrecovered: "close",
  onPendingAcks: "close",
};

const FIRST_SOCKET = 0;

const anyPacket: fc.Arbitrary<Packet> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("2probe", "3", "4hello", "5", message(40)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("0", "1", "2", "6", "7", "", "bAQ==", message(61), message(150)),
  },
  { weight: 1, arbitrary: fc.nat(80).map((length) => new ArrayBuffer(length)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
);

const packetOfOrigin: fc.Arbitrary<Packet> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("2", "4a", message(30), bytes(1, 2, 3), "6") },
  { weight: 1, arbitrary: anyPacket },
);

const failures = [Causes.parseError, Causes.postBroken, Causes.payloadTooLarge];

type Attack =
  | { readonly does: "poll" | "open-post" | "open-socket" | "end-origin" | "condemn" }
  | { readonly does: "send-body"; readonly post: number; readonly packets: readonly Packet[] }
  | { readonly does: "fail-body"; readonly post: number; readonly failure: number }
  | { readonly does: "frame"; readonly socket: number; readonly packet: Packet }
  | { readonly does: "close-socket"; readonly socket: number }
  | { readonly does: "origin"; readonly packet: Packet }
  | { readonly does: "pass" | "oversleep"; readonly ms: number };

const place = fc.nat(5);

function doing<Does extends Attack["does"], Rest extends object>(
  does: Does,
  rest: { [Key in keyof Rest]: fc.Arbitrary<Rest[Key]> },
): fc.Arbitrary<{ does: Does } & Rest> {
  return fc.record(rest).map((values) => ({ does, ...values }));
}

const anyAttack: fc.Arbitrary<Attack> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Attack>({ does: "poll" }, { does: "open-post" }) },
  { weight: 3, arbitrary: fc.constant<Attack>({ does: "open-socket" }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Attack>({ does: "end-origin" }, { does: "condemn" }),
  },
  {
    weight: 4,
    arbitrary: doing("send-body", {
      post: place,
      packets: fc.array(anyPacket, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: doing("fail-body", { post: place, failure: fc.nat(2) }) },
  { weight: 10, arbitrary: doing("frame", { socket: place, packet: anyPacket }) },
  { weight: 1, arbitrary: doing("close-socket", { socket: place }) },
  { weight: 10, arbitrary: doing("origin", { packet: packetOfOrigin }) },
  { weight: 4, arbitrary: doing("pass", { ms: fc.nat(300) }) },
  { weight: 1, arbitrary: doing("oversleep", { ms: fc.nat(1500) }) },
);

/** Does anything with a session, as far as its object lets it: each POST has one body, which comes or fails. */
class Siege {
  readonly shell: Shell;
  readonly effects: Effect[] = [];
  readonly #unread: number[] = [];
  readonly #sockets: number[];
  #lastId = FIRST_SOCKET;

  constructor(isStreaming: boolean) {
    const session = isStreaming
      ? streamingSession(LIMITS, ORIGIN, FIRST_SOCKET, 0)
      : pollingSession(LIMITS, ORIGIN, 0);
    this.#sockets = isStreaming ? [FIRST_SOCKET] : [];
    this.shell = new Shell(session, 0, (effect) => this.effects.push(effect));
  }

  make(attack: Attack): void {
    const { shell } = this;
    switch (attack.does) {
      case "poll":
        shell.handle({ type: "poll-opened", poll: this.#nextId() });
        break;
      case "open-post":
        this.#openPost();
        break;
      case "open-socket":
        this.#sockets.push(this.#nextId());
        shell.handle({ type: "socket-opened", socket: this.#lastId });
        break;
      case "end-origin":
        shell.handle({ type: "origin-ended", cause: Causes.originLost });
        break;
      case "condemn":
        shell.handle({ type: "condemned", cause: Causes.isolateFull });
        break;
      case "send-body":
        this.#body(attack.post, (post) => ({
          type: "post-received",
          post,
          packets: attack.packets,
        }));
        break;
      case "fail-body": {
        const cause = failures[attack.failure] ?? Causes.postBroken;
        this.#body(attack.post, (post) => ({ type: "post-failed", post, cause }));
        break;
      }
      case "frame":
        this.#frame(attack.socket, attack.packet);
        break;
      case "close-socket":
        this.#closeSocket(attack.socket);
        break;
      case "origin":
        shell.handle({ type: "packet-sent-by-origin", packet: attack.packet });
        break;
      case "pass":
        shell.pass(attack.ms);
        break;
      case "oversleep":
        shell.oversleep(attack.ms);
        break;
    }
  }

  /** The end of it all: every body comes in, and the object has had enough. */
  end(): void {
    this.make({ does: "condemn" });
    while (this.#unread.length > 0) this.make({ does: "send-body", post: 0, packets: ["4late"] });
  }

  #openPost(): void {
    const post = this.#nextId();
    this.shell.handle({ type: "post-opened", post });
    // A POST that is refused as it comes has no body that anybody would read.
    if (this.shell.unanswered.posts.includes(post)) this.#unread.push(post);
  }

  #body(at: number, event: (post: number) => Parameters<Shell["handle"]>[0]): void {
    const [post] = this.#unread.splice(at % Math.max(1, this.#unread.length), 1);
    if (post !== undefined) this.shell.handle(event(post));
  }

  #frame(at: number, packet: Packet): void {
    const socket = this.#sockets[at % Math.max(1, this.#sockets.length)];
    if (socket !== undefined) this.shell.handle({ type: "packet-received", socket, packet });
  }

  #closeSocket(at: number): void {
    const [socket] = this.#sockets.splice(at % Math.max(1, this.#sockets.length), 1);
    if (socket !== undefined) this.shell.handle({ type: "socket-closed", socket });
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

describe("a client and an origin that do anything at all", () => {
  const attacks = fc.array(anyAttack, { maxLength: 100, size: "max" });

  test("break no rule of a session, and leave no request without its answer", () => {
    fc.assert(
      fc.property(attacks, fc.boolean(), (list, isStreaming) => {
        const siege = new Siege(isStreaming);
        for (const attack of list) siege.make(attack);
        siege.end();
        expect(siege.shell.faults).toEqual([]);
        expect(siege.shell.unanswered).toEqual({ polls: [], posts: [] });
        expect(siege.effects.filter(({ type }) => type === "end")).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});
