import { get } from "node:http";
import { UsageError } from "./usage-error.ts";

const TIMEOUT_MS = 30_000;

/** Resolves when the edge says that it serves; a `UsageError` has its own words for what is wrong with its settings. */
export async function checkHealth(host: string, port: number): Promise<void> {
  const { status, text } = await fetchHealth(reachable(host), port);
  if (status === 200) return;
  const message = settingsFault(text);
  if (message !== undefined) throw new UsageError(message);
  throw new Error(`/mooring/health: expected 200, got ${status}: ${text.slice(0, 500)}`);
}

/** An address that means all of them is one to listen on, not one to go to. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

// Not `fetch`, which would keep a connection that counts in what people measure here.
function fetchHealth(
  host: string,
  port: number,
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const path = "/mooring/health";
    const request = get({ host, port, path, agent: false, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() });
      });
      response.on("error", reject);
    });
    request.on("timeout", () => {
      request.destroy(new Error(`${path}: expected an answer within ${TIMEOUT_MS} ms, got none.`));
    });
    request.on("error", reject);
  });
}

function settingsFault(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null) return undefined;
    if (!("code" in body) || body.code !== "SETTINGS" || !("message" in body)) return undefined;
    return String(body.message);
  } catch {
    return undefined;
  }
}
