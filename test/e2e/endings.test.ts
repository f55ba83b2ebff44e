import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  CLIENT_MODES,
  connected,
  createClient,
  POLLING,
  type ClientMode,
} from "../support/clients.ts";
import { direct, startEdge, type Edge } from "../support/edge.ts";
import { disconnection, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";
import { startOriginProcess, type OriginProcess } from "../support/origin-process.ts";

const TIMES = { pingInterval: 200, pingTimeout: 800 };

// On the wire to the edge these are one and the same, and the same as conn.close(): a close without a word before it.
// A stock server lets a polling client run into an unknown sid; the edge tells it.
function seenByClient(mode: ClientMode): string {
  return direct && mode === POLLING ? "transport error" : "transport close";
}

describe("an origin's own close", () => {
  const door = frontDoor();

  describe.each(CLIENT_MODES)("$name", (mode) => {
    test("io.close() reaches the client as a closed transport", async () => {
      const io = door.serve();
      onTestFinished(() => door.origin.reopen());
      const { client, server } = await door.pair(io, mode);
      const ends = Promise.all([disconnection(client), disconnection(server)]);
      await io.close();
      expect(await ends).toEqual([seenByClient(mode), "server shutting down"]);
    });

    test("io.engine.close() reaches the client as a closed transport", async () => {
      const io = door.serve();
      const { client, server } = await door.pair(io, mode);
      const ends = Promise.all([disconnection(client), disconnection(server)]);
      io.engine.close();
      expect(await ends).toEqual([seenByClient(mode), "forced close"]);
    });
  });
});

describe("the end of an origin's process", () => {
  let origin: OriginProcess;
  let edge: Edge | undefined;

  beforeAll(async () => {
    origin = await startOriginProcess(TIMES);
    if (!direct) edge = await startEdge({ origins: [origin.url] });
  });

  afterAll(async () => {
    await edge?.stop();
    await origin.stop();
  });

  const connect = (mode: ClientMode, options = {}): ReturnType<typeof connected> =>
    connected(createClient(edge?.url ?? origin.url, mode, options), mode);

  const restart = async (): Promise<void> => {
    await origin.stop();
    origin = await startOriginProcess(TIMES, origin.port);
  };

  describe.each(CLIENT_MODES)("$name", (mode) => {
    test.each(["SIGTERM", "SIGKILL"] as const)(
      "%s reaches the client as a closed transport",
      async (signal) => {
        onTestFinished(restart);
        const client = await connect(mode);
        expect(await client.emitWithAck("echo", "there?")).toBe("there?");
        const ended = disconnection(client);
        await origin.signal(signal);
        // A stock server's polling client has a poll of its own that fails; behind the edge it is told.
        expect(await ended).toBe(
          direct && mode === POLLING ? "transport error" : "transport close",
        );
      },
    );

    test("a frozen origin reaches the client as a lost one once it misses a ping", async () => {
      onTestFinished(restart);
      const client = await connect(mode);
      expect(await client.emitWithAck("echo", "there?")).toBe("there?");
      const ended = disconnection(client);
      await origin.signal("SIGSTOP");
      // The edge answers the client's own heartbeat, so the client can't miss the server's.
      expect(await ended).toBe(direct ? "ping timeout" : "transport close");
    });

    test("a client comes back by itself when the origin does", async () => {
      const client = await connect(mode, { reconnection: true, reconnectionDelay: 50 });
      expect(await client.emitWithAck("echo", "there?")).toBe("there?");
      const ended = disconnection(client);
      await origin.signal("SIGKILL");
      await ended;
      await restart();
      await next(client, "connect");
      expect(await client.emitWithAck("echo", "back")).toBe("back");
    });
  });
});
