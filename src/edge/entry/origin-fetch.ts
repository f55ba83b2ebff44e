import { forwardedHeaders, withoutSid } from "../../core/entry/forward.ts";
import { noOrigin } from "../answers.ts";
import type { Asker, PoolView } from "../contracts.ts";
import { log } from "../log.ts";

const TIMEOUT_MS = 5000;

/** Asks the pool's origins, best first, for what any of them can answer; the first answer but a 5xx counts. */
export async function fetchFromPool(view: PoolView, asker: Asker): Promise<Response> {
  const { request, client } = asker;
  const { pathname, search } = new URL(request.url);
  // A sid is the secret of its client's session at the edge, and nothing to an origin.
  const query = withoutSid(search.slice(1));
  const target = query === "" ? pathname : `${pathname}?${query}`;
  for (const origin of await view.origins(asker)) {
    try {
      const response = await fetch(origin.url + target, {
        method: request.method,
        headers: forwardedHeaders([...request.headers], client),
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.status < 500) return response;
      log("fetch-failed", { origin: origin.name, why: `answered ${response.status}` });
      // Unread, it would hold one of the six connections that a request may have.
      await response.body?.cancel();
    } catch (error) {
      log("fetch-failed", { origin: origin.name, why: String(error) });
    }
  }
  return noOrigin();
}
