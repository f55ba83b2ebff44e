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

/**
 * The header fields that `policy` adds to an answer for `origin`. Credentials go only with an origin that is named:
 * a browser would not take them with `*`, and nobody else has been granted any.
 */
export function corsHeaders(policy: CorsPolicy, origin: string | undefined): [string, string][] {
  const allowed = origin === undefined ? undefined : allowedOrigin(policy, origin);
  if (allowed === undefined) return [];
  const headers: [string, string][] = [["access-control-allow-origin", allowed]];
  if (policy.credentials && allowed !== "*") {
    headers.push(["access-control-allow-credentials", "true"]);
  }
  return headers;
}

/** What a preflight is answered besides; `asked` is its Access-Control-Request-Headers. */
export function preflightHeaders(asked: string | undefined): [string, string][] {
  const methods: [string, string] = ["access-control-allow-methods", "GET,HEAD,POST"];
  return asked === undefined ? [methods] : [methods, ["access-control-allow-headers", asked]];
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
