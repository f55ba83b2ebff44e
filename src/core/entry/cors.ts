/** Which browser origins may read the edge's answers. */
export interface CorsPolicy {
  /** Exact origins, patterns with one `*` in place of a host's labels (`https://*.example.com`), or `*` alone. */
  readonly origins: readonly string[];
  readonly credentials: boolean;
}

/**
 * The value of Access-Control-Allow-Origin for a request's `Origin`, `undefined` where it gets none (Fetch standard,
 * "CORS check"). `*` is answered as `*`, never as the asker's name, so that no credentials come with it.
 */
export function allowedOrigin(policy: CorsPolicy, origin: string): string | undefined {
  if (policy.origins.includes("*")) return "*";
  const isNamed = policy.origins.some((allowed) => matches(allowed, origin));
  return isNamed ? origin : undefined;
}

function matches(allowed: string, origin: string): boolean {
  const star = allowed.indexOf("*");
  if (star === -1) return allowed === origin;
  const before = allowed.slice(0, star);
  const after = allowed.slice(star + 1);
  if (!origin.startsWith(before) || !origin.endsWith(after)) return false;
  const matched = origin.slice(before.length, origin.length - after.length);
  // Labels of a host and nothing else: a `/`, `:` or `@` in there would be another origin altogether.
  return /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(matched);
}
