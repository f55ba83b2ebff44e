import type { DevOptions } from "./dev-arguments.ts";
import { readDevOptions } from "./dev-arguments.ts";
import { parseLine } from "./option-list.ts";
import type { PoolCommand } from "./pool-arguments.ts";
import { isPoolCommandName, readPoolCommand } from "./pool-arguments.ts";
import type { Topic } from "./usage.ts";
import { quoted, UsageError } from "./usage-error.ts";

export type Command =
  | { readonly name: "help"; readonly topic: Topic }
  | { readonly name: "version" }
  | { readonly name: "dev"; readonly options: DevOptions }
  | { readonly name: "pool"; readonly command: PoolCommand };

/**
 * Reads the arguments after the program's own name, and what the environment says in their place. Throws a `UsageError`
 * at the first that is no good.
 */
export function readCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command {
  const line = parseLine(args);
  const { command, options } = line;
  if (options.has("help")) return { name: "help", topic: topicOf(command) };
  if (options.has("version")) return { name: "version" };
  if (command === "dev") return { name: "dev", options: readDevOptions(line) };
  if (isPoolCommandName(command)) {
    return { name: "pool", command: readPoolCommand(command, line, args, environment) };
  }
  const known = "dev, pools, ready, drain, maint, weight, add or remove";
  throw new UsageError(`mooring: expected one of ${known}, got ${quoted(command)}. See --help.`);
}

function topicOf(command: string | undefined): Topic {
  if (command === "dev") return "dev";
  return isPoolCommandName(command) ? "pools" : "mooring";
}
