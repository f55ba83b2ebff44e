import { Log } from "miniflare";

/** Miniflare's own words, on stderr: stdout is for the line that says where the edge is. */
export class StderrLog extends Log {
  protected override log(message: string): void {
    process.stderr.write(`${message}\n`);
  }
}
