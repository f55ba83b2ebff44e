import { io as newest, type Socket } from "socket.io-client";
import { io as of2021 } from "socket.io-client-2021";
import { onTestFinished, vi } from "vitest";
import type { ClientMode, ClientOptions } from "./clients.ts";

export type Release = "newest" | "2021";

/** Both releases have what is used of them here. */
function create(release: Release, url: string, options: ClientOptions): Socket {
  return release === "newest" ? newest(url, options) : of2021(url, options);
}

export interface ContinuityClientOptions {
  readonly mode: ClientMode;
  readonly release?: Release;
  readonly nsp?: string;
  readonly reconnection?: boolean;
  readonly auth?: Record<string, unknown>;
}

let created = 0;

/**
 * A stock client that minds what it is told: numbered streams, in which nothing may lack or come twice, and the answers
 * to what it has asked.
 */
export class ContinuityClient {
  readonly name: string;
  readonly mode: ClientMode;
  readonly socket: Socket;
  readonly faults: string[] = [];
  readonly disconnects: string[] = [];
  /** The ids that it has had, in order. */
  readonly ids: string[] = [];
  /** Whether each of its connects brought it back. */
  readonly recoveries: boolean[] = [];
  /** By label: the number that came last. */
  readonly streams = new Map<string, number>();
  /** What has been emitted `up` so far: its next number. */
  upNext = 0;
  #echoes = 0;
  readonly #open = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(url: string, options: ContinuityClientOptions) {
    const { mode, release = "newest", nsp = "/", reconnection = false, auth = {} } = options;
    created += 1;
    this.name = `${mode.name}, ${release}, ${created}`;
    this.mode = mode;
    this.socket = create(release, url + nsp, {
      transports: [...mode.transports],
      reconnection,
      reconnectionDelay: 20,
      reconnectionDelayMax: 200,
      forceNew: true,
      auth: { ...auth, name: this.name },
    });
    this.socket.on("connect", () => {
      this.ids.push(this.socket.id ?? "");
      this.recoveries.push(this.socket.recovered);
    });
    this.socket.on("disconnect", (reason) => {
      this.disconnects.push(reason);
      this.#open.clear();
    });
    this.socket.on("stream", (label: string, n: number) => this.#hear(label, n));
    onTestFinished(() => this.leave());
  }

  get id(): string | undefined {
    return this.ids.at(-1);
  }

  get isDisturbed(): boolean {
    return this.disconnects.length > 0 || this.ids.length !== 1;
  }

  /** How many of its echoes are not answered. */
  get openEchoes(): number {
    return this.#open.size;
  }

  /** From now on it emits numbers, and with `everyNth` of them an echo that wants an answer. */
  talk(everyMs: number, everyNth: number): void {
    this.#timer = setInterval(() => {
      if (!this.socket.connected) return;
      this.up();
      if (everyNth > 0 && this.upNext % everyNth === 0) void this.echo();
    }, everyMs);
  }

  hush(): void {
    clearInterval(this.#timer);
  }

  up(): void {
    this.socket.emit("up", this.upNext);
    this.upNext += 1;
  }

  /** Resolves when it is answered. */
  echo(): Promise<void> {
    this.#echoes += 1;
    const value = this.#echoes;
    this.#open.add(value);
    return new Promise((resolve) => {
      this.socket.emit("echo", value, (answer: unknown) => {
        if (answer !== value) this.faults.push(`${this.name}: echo ${value} got ${String(answer)}`);
        if (!this.#open.delete(value)) this.faults.push(`${this.name}: echo ${value} came twice`);
        resolve();
      });
    });
  }

  leave(): void {
    this.hush();
    this.socket.off("disconnect");
    this.socket.disconnect();
    this.socket.io.engine.close();
  }

  #hear(label: string, n: number): void {
    const last = this.streams.get(label);
    if (last !== undefined && n !== last + 1) {
      this.faults.push(`${this.name}: ${label} ${n} after ${last}`);
    }
    this.streams.set(label, Math.max(last ?? 0, n));
  }
}

/** Resolves when each is connected. */
export async function allConnected(clients: readonly ContinuityClient[]): Promise<void> {
  await vi.waitFor(
    () => {
      const away = clients.filter(({ socket }) => !socket.connected);
      if (away.length > 0)
        throw new Error(`Not connected: ${away.map(({ name }) => name).join("; ")}`);
    },
    { timeout: 20_000, interval: 10 },
  );
}
