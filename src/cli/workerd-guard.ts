import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";

// Reads the ids of processes, one a line, until nobody is left to send one. A process that dies may still be writing
// into the folder ($1), hence the second try.
const SCRIPT = `
while read -r pid; do pids="$pids $pid"; done
kill -KILL $pids
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`;

/**
 * A shell that waits beside this process for the case that it is killed with no chance to clean up: then it ends
 * workerd, which does not notice by itself that its parent is gone, and removes the folder of the run. Where there
 * is no shell (Windows), nothing does.
 */
export class WorkerdGuard {
  readonly #shell: ChildProcess;

  constructor(folder: string) {
    this.#shell = spawn("sh", ["-c", SCRIPT, "mooring-guard", folder], {
      stdio: ["pipe", "ignore", "ignore"],
      // A Ctrl-C goes to the terminal's whole group, and the guard has to be there after it.
      detached: true,
    });
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
  }

  /** Has the guard end that process too. */
  watch(pid: number): void {
    this.#shell.stdin?.write(`${pid}\n`);
  }

  /** Sends the guard home: everything has been cleaned up. */
  async dismiss(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#shell;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const gone = once(this.#shell, "exit");
    this.#shell.kill("SIGKILL");
    await gone;
  }
}
