import type { PoolAnswer } from "./pool-client.ts";

/** Pools for people: a line for each, and below it a table of its origins. */
export function poolTables(pools: readonly PoolAnswer[]): string {
  return pools.map(poolTable).join("\n");
}

const COLUMNS = [
  ["NAME", "left"],
  ["URL", "left"],
  ["WEIGHT", "right"],
  ["BACKUP", "left"],
  ["MAX", "right"],
  ["ADMIN", "left"],
  ["HEALTH", "left"],
  ["SESSIONS", "right"],
  ["UP SINCE", "left"],
] as const;

const GAP = "  ";

function poolTable({ name, balance, affinity, websocket, origins }: PoolAnswer): string {
  const title = `pool ${name}: balance ${balance}, affinity ${affinity}, websocket ${websocket}`;
  const rows = origins.map((origin) => [
    origin.name,
    origin.url,
    String(origin.weight),
    origin.backup ? "yes" : "no",
    origin.max_connections === null ? "-" : String(origin.max_connections),
    origin.admin,
    origin.health,
    String(origin.sessions),
    origin.up_since === null ? "-" : origin.up_since.replace(/\.\d+Z$/, "Z"),
  ]);
  const lines = aligned([COLUMNS.map(([heading]) => heading), ...rows]);
  return [title, ...lines].map((line) => `${printable(line)}\n`).join("");
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = COLUMNS.map((_, column) => {
    return Math.max(...rows.map((row) => row[column]?.length ?? 0));
  });
  return rows.map((row) => {
    const cells = COLUMNS.map(([, side], column) => {
      const [cell = "", width = 0] = [row[column], widths[column]];
      return side === "left" ? cell.padEnd(width) : cell.padStart(width);
    });
    return cells.join(GAP).trimEnd();
  });
}

/** Without what a terminal would act upon, whoever it is that answers. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
