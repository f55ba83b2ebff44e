import { isIP } from "node:net";
import type { OptionName, ParsedLine } from "./option-list.ts";
import { quoted, UsageError } from "./usage-error.ts";

/** What `mooring dev` was asked for. */
export interface DevOptions {
  /** Each `URL` or `NAME=URL`. Empty: wrangler.toml says. */
  readonly origins: readonly string[];
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly vars: Readonly<Record<string, string>>;
  /** Where the objects' storage is kept; without it, storage goes with the process. */
  readonly state: string | undefined;
}

const OPTIONS: readonly OptionName[] = ["origin", "port", "host", "var", "state"];

export function readDevOptions({ rest, options }: ParsedLine): DevOptions {
  options.check("dev", OPTIONS);
  const [extra] = rest;
  if (extra !== undefined) {
    throw new UsageError(`mooring dev: expected options only, got ${quoted(extra)}.`);
  }
  const origins = options.all("origin").map(readOrigin);
  const vars = Object.fromEntries(options.all("var").map(readVar));
  if (origins.length > 0 && vars.ORIGINS !== undefined) {
    throw new UsageError(
      `--var: expected no ORIGINS beside --origin, which sets it, got ${quoted(vars.ORIGINS)}.`,
    );
  }
  return {
    origins,
    host: readHost(options.last("host") ?? "127.0.0.1"),
    port: readPort(options.last("port") ?? "8787"),
    vars,
    state: options.all("state").map(readState).at(-1),
  };
}

// Only what a slip of the hand gets wrong. The Worker judges the whole, as it does wherever it runs.
function readOrigin(text: string): string {
  const url = text.replace(/^[\w.-]+=/, "");
  if (URL.canParse(url) && /^https?:\/\//.test(url)) return text;
  throw new UsageError(
    `--origin: expected http://HOST:PORT or NAME=http://HOST:PORT, got ${quoted(text)}.`,
  );
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port: expected a number from 0 to 65535, got ${quoted(text)}.`);
}

function readHost(text: string): string {
  if (isIP(text) !== 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(text)) return text;
  throw new UsageError(`--host: expected an IP address or a host name, got ${quoted(text)}.`);
}

function readVar(text: string): [key: string, value: string] {
  const [, key, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return [key, value];
  throw new UsageError(`--var: expected KEY=VALUE, got ${quoted(text)}.`);
}

function readState(text: string): string {
  if (text !== "") return text;
  throw new UsageError(`--state: expected a folder, got ${quoted(text)}.`);
}
