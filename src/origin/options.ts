import type { WarningListener } from "./warnings.ts";
import { MAX_BODY_BYTES } from "../wire/hub/message.ts";

/** What a process is ended by. */
export type ClosingSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGQUIT" | "SIGBREAK" | "SIGUSR2";

/** Of `createAdapter`. */
export interface AdapterOptions {
  /** Where the edge is: `https://chat.example.com`. */
  readonly url: string | URL;
  /** What the edge has as `MOORING_TOKEN`. */
  readonly token: string;
  /**
   * Signals upon which the server is closed (`io.close()`), which is announced to the edge first; whoever sends one a second
   * time ends the process. None by default.
   */
  readonly closeOn?: readonly ClosingSignal[];
  /** Upon such a signal: how long the edge is given to move sessions elsewhere before the server is closed, in ms. 20 s by default. */
  readonly drainMs?: number;
  /** Gets what whoever runs the server should know, each kind at most once a minute. By default they are warnings of the process. */
  readonly onWarning?: WarningListener;
  /** What may wait for a hub that is away, in bytes, before the oldest is dropped. 16 MiB by default. */
  readonly outboxBytes?: number;
  /** With `connectionStateRecovery`: how much of what was emitted lately is remembered, in bytes. 64 MiB by default. */
  readonly pastBytes?: number;
  /** Likewise: a session whose rooms and `data` are larger, in bytes, isn't recovered. 16 KiB by default. */
  readonly maxRecordBytes?: number;
}

/** Options that have been checked. */
export interface Settings {
  readonly url: URL;
  readonly token: string;
  readonly closeOn: readonly ClosingSignal[];
  readonly drainMs: number;
  readonly onWarning: WarningListener | undefined;
  readonly outboxBytes: number;
  readonly pastBytes: number;
  readonly maxRecordBytes: number;
}

const MIB = 1024 * 1024;

/** Throws a TypeError or RangeError, in a sentence, for options that can't be meant. */
export function settingsOf(options: AdapterOptions): Settings {
  const { token, closeOn = [], onWarning } = options;
  if (!/^[!-~]{16,}$/.test(token)) {
    throw new TypeError("token: expected at least 16 ASCII characters, none of them a space.");
  }
  return {
    url: hubUrl(options.url),
    token,
    closeOn: [...closeOn],
    drainMs: drainMsOf(options.drainMs ?? 20_000),
    onWarning,
    outboxBytes: bytesOf("outboxBytes", options.outboxBytes, 16 * MIB),
    pastBytes: bytesOf("pastBytes", options.pastBytes, 64 * MIB),
    maxRecordBytes: bytesOf("maxRecordBytes", options.maxRecordBytes, 16 * 1024, MAX_BODY_BYTES),
  };
}

function hubUrl(given: string | URL): URL {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined;
  if (url === undefined || !/^(https?|wss?):$/.test(url.protocol)) {
    throw new TypeError(`url: expected http(s)://HOST[:PORT], got ${String(given)}.`);
  }
  const hub = new URL("/mooring/hub", url);
  hub.protocol = url.protocol.replace("http", "ws");
  return hub;
}

function drainMsOf(given: number): number {
  // What Node's timers take.
  if (Number.isSafeInteger(given) && given >= 0 && given < 2 ** 31) return given;
  throw new RangeError(`drainMs: expected a span in ms, got ${String(given)}.`);
}

function bytesOf(name: string, given: number | undefined, usual: number, most = Infinity): number {
  const bytes = given ?? usual;
  if (Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= most) return bytes;
  throw new RangeError(`${name}: expected a number of bytes, got ${String(given)}.`);
}
