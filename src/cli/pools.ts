import type { Action, PoolCommand } from "./pool-arguments.ts";
import type { PoolAnswer } from "./pool-client.ts";
import { PoolClient } from "./pool-client.ts";
import { poolTables } from "./pool-table.ts";
import { UsageError } from "./usage-error.ts";

/** Does what an operator wants of the edge's pools, and gives what there is to be printed. */
export async function pools(command: PoolCommand): Promise<string> {
  const { action, isJson, pool } = command;
  const client = new PoolClient(command.url, command.token);
  if (action.type === "look" && pool === undefined) {
    const all = await client.pools();
    return isJson ? json({ pools: all }) : poolTables(all);
  }
  const name = pool ?? (await onlyPool(client));
  const answer = action.type === "look" ? await client.pool(name) : await act(client, name, action);
  return isJson ? json(answer) : poolTables([answer]);
}

type Change = Exclude<Action, { type: "look" }>;

function act(client: PoolClient, pool: string, action: Change): Promise<PoolAnswer> {
  if (action.type === "add") return client.change("POST", pool, "/origins", action.origin);
  const path = `/origins/${encodeURIComponent(action.origin)}`;
  switch (action.type) {
    case "ready":
    case "drain":
    case "maint":
      return client.change("POST", pool, `${path}/${action.type}`);
    case "weight":
      return client.change("PUT", pool, `${path}/weight`, { weight: action.weight });
    case "remove":
      return client.change("DELETE", pool, path);
  }
}

async function onlyPool(client: PoolClient): Promise<string> {
  const names = (await client.pools()).map(({ name }) => name);
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  throw new UsageError(`--pool: expected one of ${names.join(", ")}, got nothing.`);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
