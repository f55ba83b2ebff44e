// RFC 9110, 9.2.1. PUT and DELETE are idempotent, yet not among them: their bodies are streamed, which is only once.
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/**
 * Whether a request may go to another origin after one broke off. fetch doesn't say whether it broke off before the
 * request was sent, so what might have been acted upon goes to one origin only.
 */
export function isRepeatable(method: string, hasBody: boolean): boolean {
  return SAFE_METHODS.has(method) && !hasBody;
}

/**
 * Whether an answer is the platform's, in the place of an origin that it could not reach: on Cloudflare, fetch does
 * not fail there (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
 * Left out is 524, an origin that took the request and has not answered in time.
 */
export function isUnreached(status: number): boolean {
  return status === 530 || (status >= 520 && status <= 526 && status !== 524);
}
