/** `REFUSED`: with a status that asking again won't change. `UNREACHABLE`: for as long as it was tried. */
export type EmitterErrorCode = "QUEUE_FULL" | "REFUSED" | "UNREACHABLE";

/** Events of an `Emitter` that were not published, as far as is known. */
export class EmitterError extends Error {
  override readonly name = "EmitterError";
  readonly code: EmitterErrorCode;
  /** How many of them. */
  readonly events: number;
  /** Of the answer, where there was one. */
  readonly status: number | undefined;

  constructor(
    code: EmitterErrorCode,
    message: string,
    { events, status, cause }: { events: number; status?: number | undefined; cause?: unknown },
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.events = events;
    this.status = status;
  }
}
