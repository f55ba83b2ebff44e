import type { Uid } from "../../../src/wire/hub/vector.ts";
import { parseUid } from "../../../src/wire/hub/vector.ts";

/** A uid that can be read in a counterexample. */
export function uidNamed(name: string): Uid {
  const uid = parseUid(name.padEnd(16, "-"));
  if (uid === undefined) throw new Error(`Expected a name of at most 16 characters, got ${name}.`);
  return uid;
}

/** The namespace in which everything happens. */
export const NSP = "/";

export function sidOf(pid: string): string {
  return `s-${pid}`;
}

/** The application's `socket.data`: whose it is, and how many changes of rooms it knows of. */
export function dataOf(pid: string, version: number): string {
  return JSON.stringify({ pid, version });
}

export function readData(data: string | Uint8Array): { pid: string; version: number } {
  const value: unknown = typeof data === "string" ? JSON.parse(data) : undefined;
  if (typeof value === "object" && value !== null && "pid" in value && "version" in value) {
    const { pid, version } = value;
    if (typeof pid === "string" && typeof version === "number") return { pid, version };
  }
  throw new Error("Expected the data of a socket, got something else.");
}
