/** A connected Socket.IO client of the load generator. It speaks the protocols itself: see bench/README.md. */
export interface EchoSession {
  /** Sends a message and resolves when the server has sent it back. One at a time. */
  echo(): Promise<void>;
  close(): Promise<void>;
}

/** Engine.IO's message and Socket.IO's CONNECT to the main namespace. */
export const CONNECT = "40";

export const PING = "2";
export const PONG = "3";
export const SEPARATOR = "\x1e";

/** An event of about `bytes` bytes, as it goes in either direction. */
export function echoPacket(bytes: number): string {
  return `42${JSON.stringify(["echo", "x".repeat(Math.max(1, bytes - 12))])}`;
}

/** Opens `count` sessions, `concurrency` at a time, so that a burst of handshakes doesn't shape what comes after. */
export async function openAll<T>(
  count: number,
  concurrency: number,
  open: () => Promise<T>,
): Promise<T[]> {
  const opened: T[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < count) {
      started += 1;
      opened.push(await open());
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return opened;
}
