import { EMITTER_HEADER } from "../wire/hub/emission.ts";
import type { EmitterSettings } from "./emitter-options.ts";

/** What became of one request. */
export type PostOutcome =
  | { readonly type: "accepted" }
  /** It may work later. */
  | {
      readonly type: "failed";
      readonly why: string;
      readonly status?: number;
      readonly waitMs: number;
      readonly cause?: unknown;
    }
  /** `isOfOne`: it may be the fault of one of the events. */
  | {
      readonly type: "refused";
      readonly why: string;
      readonly status: number;
      readonly isOfOne: boolean;
    };

const MAX_WAIT_MS = 5000;

/** Asks the side door once; never rejects. */
export async function postEmissions(
  { url, token, timeoutMs }: EmitterSettings,
  emitter: string,
  body: string,
): Promise<PostOutcome> {
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      // A redirect would take the token along, or turn this into a GET.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        [EMITTER_HEADER]: emitter,
      },
    });
    return outcomeOf(response, await response.text());
  } catch (cause) {
    return { type: "failed", why: reasonOf(cause), waitMs: 0, cause };
  }
}

function outcomeOf({ status, headers }: Response, text: string): PostOutcome {
  if (status === 202) return { type: "accepted" };
  const why = `${status} ${messageOf(text)}`.trim();
  if (status >= 500 || status === 408 || status === 429) {
    const waitMs = Math.min(MAX_WAIT_MS, Number(headers.get("retry-after") ?? 0) * 1000);
    return { type: "failed", why, status, waitMs: Number.isFinite(waitMs) ? waitMs : 0 };
  }
  return { type: "refused", why, status, isOfOne: [400, 413, 422].includes(status) };
}

/** The sentence of an answer that is ours. */
function messageOf(text: string): string {
  try {
    const answer: unknown = JSON.parse(text);
    const isOurs = typeof answer === "object" && answer !== null && "message" in answer;
    return isOurs && typeof answer.message === "string" ? answer.message : "";
  } catch {
    return "";
  }
}

/** `fetch failed` alone says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
