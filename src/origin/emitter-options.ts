import type { EmitterError } from "./emitter-error.ts";

/** Spans in ms, sizes in bytes. */
export interface EmitterOptions {
  /** Of the front door, as its clients have it: https://chat.example.com */
  readonly url: string | URL;
  /** The value of its MOORING_TOKEN. */
  readonly token: string;
  /** What may wait to be sent, 16 MiB if it isn't said; what is emitted beyond it is dropped. */
  readonly maxQueueBytes?: number;
  /** Of one request, 10 s if it isn't said. */
  readonly timeoutMs?: number;
  /** How long the same events are tried again, 30 s if it isn't said, before they are dropped. */
  readonly retryMs?: number;
  /** Told of events that were dropped; a warning of the process if it isn't said. */
  readonly onError?: (error: EmitterError) => void;
}

export interface EmitterSettings {
  readonly url: string;
  readonly token: string;
  readonly maxQueueBytes: number;
  readonly timeoutMs: number;
  readonly retryMs: number;
  readonly onError: (error: EmitterError) => void;
}

/** Throws a TypeError or RangeError for what makes no sense. */
export function emitterSettings(options: EmitterOptions): EmitterSettings {
  // createAdapter takes the same URLs.
  const url = new URL("/mooring/emit", String(options.url).replace(/^ws/i, "http"));
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`url: expected http(s)://HOST[:PORT], got ${url.protocol}//...`);
  }
  if (!/^[!-~]{16,}$/.test(options.token)) {
    throw new TypeError("token: expected at least 16 ASCII characters, none of them a space.");
  }
  return {
    url: url.href,
    token: options.token,
    maxQueueBytes: positive("maxQueueBytes", options.maxQueueBytes ?? 16 * 1024 * 1024),
    timeoutMs: positive("timeoutMs", options.timeoutMs ?? 10_000),
    retryMs: positive("retryMs", options.retryMs ?? 30_000),
    onError: options.onError ?? warn,
  };
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`${name}: expected a number above 0, got ${value}.`);
}

function warn({ message, code }: EmitterError): void {
  process.emitWarning(message, { type: "MooringWarning", code: `MOORING_EMIT_${code}` });
}
