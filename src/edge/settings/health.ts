import * as v from "valibot";
import type { HealthCheck } from "../../core/pool/pool.ts";
import { inspect, isTable, table } from "./table.ts";
import { choice, span, whole } from "./values.ts";

const EXPECTED = 'expected "on", "off" or a table';
const PATH = 'expected a path such as "/health"';
const DEFAULT_TIMEOUT_MS = 2000;

const checks = v.pipe(
  table({
    method: v.optional(choice(["HEAD", "GET", "OPTIONS"]), "HEAD"),
    path: v.optional(v.pipe(v.string(PATH), v.regex(/^\/(?!\/)[!-"$-~]*$/, PATH)), "/health"),
    status: v.optional(whole(200, 599), 200),
    interval: v.optional(span("1s", "1h"), 5),
    timeout: v.optional(span("100ms", "1m")),
    rise: v.optional(whole(1, 100), 2),
    fall: v.optional(whole(1, 100), 3),
  }),
  inspect(({ interval, timeout = 0 }, complain) => {
    if (timeout > interval) complain("expected no longer than the interval", "timeout");
  }),
  v.transform(({ interval, timeout, ...check }): HealthCheck => ({
    ...check,
    intervalMs: interval,
    timeoutMs: timeout ?? Math.min(DEFAULT_TIMEOUT_MS, interval),
  })),
);

const onOff = v.pipe(
  v.union([v.boolean(), v.picklist(["on", "off", "true", "false"])], EXPECTED),
  v.transform((value) =>
    value === true || value === "on" || value === "true" ? v.parse(checks, {}) : undefined,
  ),
);

/** Active checks: `on` for all defaults, a table for others, none otherwise. */
export const health = v.lazy((value) => (isTable(value) ? checks : onOff));
