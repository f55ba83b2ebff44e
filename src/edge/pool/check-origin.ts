import type { Origin } from "../../core/pool/origin.ts";
import type { HealthCheck } from "../../core/pool/pool.ts";

/** Asks an origin how it is; anything but the expected status in time is a failure. */
export async function checkOrigin(origin: Origin, check: HealthCheck): Promise<boolean> {
  try {
    const response = await fetch(origin.url + check.path, {
      method: check.method,
      redirect: "manual",
      headers: { "user-agent": "Mooring health check" },
      signal: AbortSignal.timeout(check.timeoutMs),
    });
    await response.body?.cancel();
    return response.status === check.status;
  } catch {
    return false;
  }
}
