/**
 * A query's last value of each name, decoded as a form's is (WHATWG URL, "application/x-www-form-urlencoded").
 * The last one counts because Engine.IO's server makes an object of the query. By hand, since every poll and POST
 * has one to read twice, and the platform's own URL takes four times as long.
 */
export function lastValues(query: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const pair of query.split("&")) {
    const { name, value } = splitPair(pair);
    values.set(decode(name), decode(value));
  }
  return values;
}

/** The text behind a URL's first `?`. */
export function queryOf(url: string): string {
  const start = url.indexOf("?");
  if (start === -1) return "";
  const end = url.indexOf("#", start);
  return end === -1 ? url.slice(start + 1) : url.slice(start + 1, end);
}

/** The name of a `name=value` pair, decoded. */
export function nameOf(pair: string): string {
  return decode(splitPair(pair).name);
}

function splitPair(pair: string): { name: string; value: string } {
  const equals = pair.indexOf("=");
  if (equals === -1) return { name: pair, value: "" };
  return { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
}

function decode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
