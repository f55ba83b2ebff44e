import type { IncomingHttpHeaders } from "node:http";
import { request, requestUpgrade, type Answer, type RequestOptions } from "./raw-http.ts";

/** Header fields that speak of one connection, one moment or one encoding. */
const OF_ONE_ANSWER = ["connection", "content-length", "date", "keep-alive", "transfer-encoding"];

const HANDSHAKE = "/socket.io/?EIO=4&transport=polling";

type Fields = Readonly<Record<string, string>>;

/** What two servers that do the same would both have answered. */
export interface Comparable {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The answers of one polling session; the last without its body, where the edge says what was wrong. */
export type Life = Readonly<Record<"handshake" | "post" | "poll" | "tooLarge", Comparable>>;

/** A polling session that joins, is answered, and ends with a body of more than `maxPayload` bytes. */
export async function life(url: string, fields: Fields = {}): Promise<Life> {
  const handshake = await request(url + HANDSHAKE, { headers: fields });
  const { sid, maxPayload } = openOf(handshake);
  const session = `${url}${HANDSHAKE}&sid=${sid}`;
  const ask = (options: RequestOptions = {}): Promise<Answer> =>
    request(session, { headers: fields, ...options });
  return {
    handshake: comparable(handshake),
    post: comparable(await ask({ method: "POST", body: "40" })),
    poll: comparable(await ask()),
    tooLarge: withoutBody(await ask({ method: "POST", body: `4${"x".repeat(maxPayload)}` })),
  };
}

/** Two polls of one session at a time, which end it: the earlier one's answer, and the later one's. */
export async function overlap(url: string, fields: Fields): Promise<Comparable[]> {
  const { sid } = openOf(await request(url + HANDSHAKE, { headers: fields }));
  const poll = (): Promise<Answer> => request(`${url}${HANDSHAKE}&sid=${sid}`, { headers: fields });
  const answers = await Promise.all([poll(), poll()]);
  return answers.map(withoutBody).toSorted((a, b) => a.status - b.status);
}

/** A handshake by polling, its answer alone. */
export async function shake(url: string, fields: Fields): Promise<Comparable> {
  return comparable(await request(url + HANDSHAKE, { headers: fields }));
}

/** A handshake by WebSocket, its answer alone. */
export async function shakeByWebSocket(url: string, fields: Fields): Promise<Comparable> {
  const answer = await requestUpgrade(`${url}/socket.io/?EIO=4&transport=websocket`, {
    headers: fields,
  });
  return comparable(answer);
}

/** What a browser asks before a request with header fields of the page's own. */
export async function preflight(
  url: string,
  origin: string,
  { method = "POST", fields = "x-token", path = HANDSHAKE } = {},
): Promise<Comparable> {
  const headers = {
    Origin: origin,
    "Access-Control-Request-Method": method,
    "Access-Control-Request-Headers": fields,
  };
  return comparable(await request(url + path, { method: "OPTIONS", headers }));
}

/** The fields of an answer by which a browser judges whether the page may have it. */
export function corsFields({ headers }: Comparable): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith("access-control-")),
  );
}

export function comparable({ status, headers, body }: Answer): Comparable {
  // The edge lets nobody keep a refusal; a stock server leaves that open.
  const left = status >= 400 ? [...OF_ONE_ANSWER, "cache-control"] : OF_ONE_ANSWER;
  const kept = Object.entries(headers).filter(([name]) => !left.includes(name));
  return {
    status,
    headers: Object.fromEntries(kept),
    body: body.toString().replace(/"sid":"[\w-]+"/, '"sid":"SID"'),
  };
}

function withoutBody(answer: Answer): Comparable {
  const { status, headers } = comparable(answer);
  const { "content-type": _, ...others } = headers;
  return { status, headers: others, body: "" };
}

function openOf(handshake: Answer): { sid: string; maxPayload: number } {
  const [, sid, maxPayload] =
    /^0\{"sid":"([\w-]+)".*"maxPayload":(\d+)/.exec(handshake.body.toString()) ?? [];
  if (sid === undefined) throw new Error(`Expected an open packet, got ${String(handshake.body)}`);
  return { sid, maxPayload: Number(maxPayload) };
}
