const URL_PARTS =
  /^(?<scheme>[a-z][a-z\d+.-]*):\/\/(?:(?<user>[^@/?#]*)@)?(?<host>\[[\da-f:.]+\]|[a-z\d._-]+)(?::(?<port>\d{1,5}))?(?<rest>.*)$/i;

const DEFAULT_PORTS = new Map([
  ["http", "80"],
  ["https", "443"],
]);

/** What keeps a text from being an origin's URL, as a sentence. It never repeats the text: it may hold a password. */
export function urlFault(url: string): string | undefined {
  const parts = URL_PARTS.exec(url)?.groups;
  if (!parts) return "Expected a URL such as http://HOST:PORT, got something else.";
  const { scheme = "", user, port, rest = "" } = parts;
  if (!DEFAULT_PORTS.has(scheme.toLowerCase())) {
    return "Expected a URL that begins with http:// or https://, got another scheme.";
  }
  if (user !== undefined) return "Expected a URL without user and password, got one with them.";
  if (rest !== "" && rest !== "/")
    return "Expected a URL without path and query, got one with them.";
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    return `Expected a port from 1 to 65535, got ${port}.`;
  }
  return undefined;
}

/** The one form of a URL that has no fault, so that the same server is known under one; other texts as they are. */
export function canonicalUrl(url: string): string {
  const parts = URL_PARTS.exec(url)?.groups;
  if (!parts) return url;
  const scheme = (parts["scheme"] ?? "").toLowerCase();
  const host = (parts["host"] ?? "").toLowerCase();
  const port = parts["port"] === undefined ? undefined : String(Number(parts["port"]));
  const isDefault = port === undefined || port === DEFAULT_PORTS.get(scheme);
  return `${scheme}://${host}${isDefault ? "" : `:${port}`}`;
}
