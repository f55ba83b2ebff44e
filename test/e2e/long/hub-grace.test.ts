import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { Server } from "socket.io";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAdapter } from "../../../src/origin/origin.ts";
import { know, TOKEN } from "../../support/cluster.ts";
import { direct, startEdge } from "../../support/edge.ts";

const GRACE_MS = 1000;

/** A server that keeps little for others, and the codes of what it is warned of. */
async function startServer(url: string): Promise<[Server, string[]]> {
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const codes: string[] = [];
  const onWarning = ({ code }: { code: string }): void => void codes.push(code);
  const adapter = createAdapter({ url, token: TOKEN, outboxBytes: 256 * 1024, onWarning });
  const io = new Server(http, { adapter });
  onTestFinished(() => io.close());
  return [io, codes];
}

describe.skipIf(direct)("for HUB_GRACE after the hub began (direct has no hub)", () => {
  test.each([
    ["nothing is known to be taken by all, so that what is kept for others fills up", "1m", true],
    ["it is known again then, and what all have taken is kept no longer", `${GRACE_MS}ms`, false],
  ])("%s", async (_, grace, isFull) => {
    const edge = await startEdge({
      origins: ["http://127.0.0.1:9"],
      vars: { MOORING_TOKEN: TOKEN, HUB_GRACE: grace },
    });
    onTestFinished(async () => void (await edge.stop()));
    const [one, codes] = await startServer(edge.url);
    const [two] = await startServer(edge.url);
    await know([one, two], 2);
    await pause(GRACE_MS);
    // In all twice what is kept, over seconds, in which the other has long taken the first of it.
    for (let n = 0; n < 100; n++) {
      one.emit("news", "x".repeat(5 * 1024));
      await pause(30);
    }
    expect(codes).toEqual(isFull ? ["events-dropped"] : []);
  });
});
