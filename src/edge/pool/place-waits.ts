/** Handshakes that wait for a place, by the id under which they have asked. */
export class PlaceWaits {
  readonly #waiting = new Map<string, (origin: string | undefined) => void>();

  /** Waits for what the pool decides: an origin, or none. `ask` is called when it can be. */
  wait(id: string, ask: () => void): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      ask();
    });
  }

  decided(id: string, origin: string | undefined): void {
    this.#waiting.get(id)?.(origin);
    this.#waiting.delete(id);
  }
}
