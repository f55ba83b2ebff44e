/** Something that whoever runs the server should know; `code` is one word for its kind. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

export type WarningListener = (warning: Warning) => void;

/** The same kind of trouble isn't told again for so long. */
const QUIET_MS = 60_000;

/** Tells of each kind of trouble seldom, however often it comes. */
export class Warnings {
  readonly #tell: WarningListener;
  readonly #toldAt = new Map<string, number>();

  constructor(tell: WarningListener = tellProcess) {
    this.#tell = tell;
  }

  warn(code: string, message: string): void {
    const now = performance.now();
    if (now - (this.#toldAt.get(code) ?? -Infinity) < QUIET_MS) return;
    this.#toldAt.set(code, now);
    this.#tell({ code, message });
  }
}

function tellProcess({ code, message }: Warning): void {
  const word = code.toUpperCase().replaceAll("-", "_");
  process.emitWarning(message, { type: "MooringWarning", code: `MOORING_${word}` });
}
