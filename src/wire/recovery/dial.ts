/** The request header field by which the edge says, on each WebSocket to an origin, that it is the edge and what it dials for. */
export const DIAL_HEADER = "mooring-dial";

/** What the key of its mac is derived by: HKDF-SHA-256 of the token, no salt, 32 bytes. The mac: HMAC-SHA-256, base64url. */
export const DIAL_KEY_INFO = "mooring dial 1";

/** One dial: its id, its session's place (see `Place`), and what the edge calls the origin. */
export interface Dial {
  /** 16 base64url characters of randomness, which only the edge and this origin know. */
  readonly id: string;
  readonly birth: number;
  readonly moorings: number;
  readonly pool: string;
  readonly name: string;
}

/** The field's value but for the mac, which is made of it and follows after a ".". */
export function formatDial({ id, birth, moorings, pool, name }: Dial): string {
  return [id, birth, moorings, encoded(pool), encoded(name)].join(";");
}

/** The field's value, whose mac is yet to be checked. `undefined` where it is none in form. */
export function parseDial(
  header: string,
): { readonly dial: Dial; readonly signed: string; readonly mac: string } | undefined {
  if (header.length > MAX_DIAL_CHARACTERS) return undefined;
  const [, signed = "", mac = ""] = /^(.+)\.([\w-]{43})$/.exec(header) ?? [];
  const [, id = "", birth = "", moorings = "", pool = "", name = ""] = SIGNED.exec(signed) ?? [];
  const dial = {
    id,
    birth: Number(birth),
    moorings: Number(moorings),
    pool: decoded(pool),
    name: decoded(name),
  };
  // Only what has been formatted so: there must be no two texts for one dial.
  if (!Number.isSafeInteger(dial.birth) || !Number.isSafeInteger(dial.moorings)) return undefined;
  return hasNames(dial) && formatDial(dial) === signed ? { dial, signed, mac } : undefined;
}

/** Names of 256 bytes, percent-encoded, and what is beside them. */
export const MAX_DIAL_CHARACTERS = 2048;

const SIGNED = /^([\w-]{16});(\d{1,16});(\d{1,16});([^;]*);([^;]*)$/;

function hasNames<Read extends { pool: string | undefined; name: string | undefined }>(
  dial: Read,
): dial is Read & { pool: string; name: string } {
  return dial.pool !== undefined && dial.name !== undefined;
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
