const PATIENCE_MS = 5_000;

/** The edge's management, for which one needs the token: the page asks this process, and never has it. */
export class Management {
  readonly #api: string;
  readonly #token: string;

  constructor(edge: string, token: string) {
    this.#api = `${edge}/mooring/api/pools/default/origins`;
    this.#token = token;
  }

  /** Resolves when the edge has done it; throws what it says otherwise. */
  async order(origin: string, order: "drain" | "ready"): Promise<void> {
    const response = await fetch(`${this.#api}/${encodeURIComponent(origin)}/${order}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const said = await response.text();
    if (!response.ok) throw new Error(`The edge says ${response.status}: ${said}`);
  }
}
