import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const SAMPLE_MS = 10;
const LISTENING = "0A"; // Linux, include/net/tcp_states.h

/** Watches the resident memory of the process that listens on a port of 127.0.0.1. Linux alone shows it so. */
export class MemoryWatch {
  readonly #status: string;
  readonly #timer: NodeJS.Timeout;
  readonly #before: number;
  #peak: number;

  constructor(port: number) {
    this.#status = `/proc/${listener(port)}/status`;
    this.#before = this.#now();
    this.#peak = this.#before;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** Ends the watch: by how many bytes the process was larger than at its beginning, at most. */
  growth(): number {
    clearInterval(this.#timer);
    this.#sample();
    return this.#peak - this.#before;
  }

  #sample(): void {
    this.#peak = Math.max(this.#peak, this.#now());
  }

  #now(): number {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(this.#status, "utf8")) ?? [];
    if (kilobytes === undefined) throw new Error(`Expected VmRSS in ${this.#status}, got nothing.`);
    return Number(kilobytes) * 1024;
  }
}

function listener(port: number): string {
  const socket = `socket:[${inodeOf(port)}]`;
  const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && holds(name, socket));
  if (pid === undefined) throw new Error(`Expected a process that listens on ${port}, got none.`);
  return pid;
}

function inodeOf(port: number): string {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+/));
  const row = rows.find(([, local, , state]) => local === address && state === LISTENING);
  if (row?.[9] === undefined) throw new Error(`Expected a listener on ${port}, got none.`);
  return row[9];
}

function holds(pid: string, socket: string): boolean {
  try {
    const links = readdirSync(`/proc/${pid}/fd`);
    return links.some((link) => readlinkSync(`/proc/${pid}/fd/${link}`) === socket);
  } catch {
    return false; // It has ended meanwhile, or is somebody else's.
  }
}
