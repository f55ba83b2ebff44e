#!/usr/bin/env node
import { readCommand } from "./arguments.ts";
import { dev } from "./dev.ts";
import { packageVersion } from "./package-files.ts";
import { pools } from "./pools.ts";
import { UsageError } from "./usage-error.ts";
import { USAGE } from "./usage.ts";

// Who reads what is said here may go before the edge does.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

process.exit(await run(process.argv.slice(2)));

/** Does what was asked for and gives the exit code: 0 done, 1 it failed, 2 what was asked for is no good. */
async function run(args: readonly string[]): Promise<number> {
  try {
    const command = readCommand(args, process.env);
    switch (command.name) {
      case "help":
        process.stdout.write(USAGE[command.topic]);
        return 0;
      case "version":
        process.stdout.write(`${packageVersion()}\n`);
        return 0;
      case "dev":
        return await dev(command.options);
      case "pool":
        process.stdout.write(await pools(command.command));
        return 0;
    }
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n`);
    return fault instanceof UsageError ? 2 : 1;
  }
}
