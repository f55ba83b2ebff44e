import type { Fault, Report } from "../../core/pool/report.ts";
import type { ObjectId } from "../../wire/sid.ts";
import { log } from "../log.ts";

/** What the pool asks for where it has not said otherwise: changes gathered for a second. */
const DEFAULT_INTERVAL_MS = 1000;

/** Half of the lease that the pool gives to an object's numbers. */
const RENEW_MS = 30_000;

/** A pool that could not be told is told again; one that has begun anew knows nothing. */
const RETRY_MS = 5000;

/** Faults and openings told at a time; more of them would say nothing new. */
const MAX_TOLD = 100;

/** Sends a report; gives the time in ms that the next one should wait. */
export type Send = (report: Report) => Promise<number>;

/** What the reporter is told of its object. */
export interface Standing {
  readonly object: ObjectId;
  readonly place: string;
  room(): number;
}

/**
 * Tells the pool what sessions this object has: absolute numbers, gathered, and renewed before their lease ends, so
 * that a report lost or sent twice does no harm.
 */
export class Reporter {
  readonly #standing: Standing;
  readonly #send: Send;
  readonly #sessions = new Map<string, number>();
  #faults: Fault[] = [];
  #opened: string[] = [];
  #reservations: string[] = [];
  #intervalMs = DEFAULT_INTERVAL_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = Infinity;
  #isSending = false;
  #sending = Promise.resolve();
  #isChanged = false;

  constructor(standing: Standing, send: Send) {
    this.#standing = standing;
    this.#send = send;
  }

  /** A session that has begun, and the place that the pool had reserved for it. */
  opened(origin: string, reservation: string | undefined): void {
    if (reservation !== undefined) this.#reservations.push(reservation);
    this.#sessions.set(origin, (this.#sessions.get(origin) ?? 0) + 1);
    if (this.#opened.length < MAX_TOLD) this.#opened.push(origin);
    this.#reportIn(this.#intervalMs);
  }

  ended(origin: string): void {
    const left = (this.#sessions.get(origin) ?? 0) - 1;
    if (left > 0) this.#sessions.set(origin, left);
    else this.#sessions.delete(origin);
    this.#reportIn(this.#intervalMs);
  }

  /** A dial that failed or an origin that was lost; `network` is what the client's address is counted by. */
  failed(origin: string, network: string): void {
    if (this.#faults.length < MAX_TOLD) this.#faults.push({ origin, network });
    this.#reportIn(this.#intervalMs);
  }

  /** Reports at once, for a pool that has asked; what is on its way may have gone to the life before. */
  async tell(): Promise<void> {
    while (this.#isSending) await this.#sending;
    if (this.#sessions.size > 0) await this.#report();
  }

  #reportIn(delayMs: number): void {
    this.#isChanged = true;
    // One after the other: an older report that came later would put old numbers in the place of new ones.
    if (this.#isSending) return;
    const dueAt = Date.now() + delayMs;
    if (dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer ?? null);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#report(), delayMs);
  }

  #report(): Promise<void> {
    clearTimeout(this.#timer ?? null);
    this.#dueAt = Infinity;
    this.#isChanged = false;
    this.#isSending = true;
    this.#sending = this.#sent();
    return this.#sending;
  }

  async #sent(): Promise<void> {
    let nextMs = RENEW_MS;
    try {
      this.#intervalMs = await this.#send(this.#take());
    } catch (error) {
      // Its numbers are in the next report as well, its faults are lost: they are a hint, not a count.
      log("report-failed", { error: String(error) });
      nextMs = RETRY_MS;
    }
    this.#isSending = false;
    if (this.#isChanged) this.#reportIn(this.#intervalMs);
    else if (this.#sessions.size > 0) this.#reportIn(nextMs);
  }

  #take(): Report {
    const report = {
      object: this.#standing.object,
      place: this.#standing.place,
      sessions: Object.fromEntries(this.#sessions),
      room: this.#standing.room(),
      faults: this.#faults,
      opened: this.#opened,
      reservations: this.#reservations,
    };
    this.#reservations = [];
    this.#faults = [];
    this.#opened = [];
    return report;
  }
}
