import { attach, type Server, type Socket as ServerSocket } from "engine.io";
import { Socket } from "engine.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { CLIENT_MODES, UPGRADE, type ClientMode } from "../support/clients.ts";
import { direct } from "../support/edge.ts";
import { collect, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";
import { request } from "../support/raw-http.ts";

const door = frontDoor({ ENGINE_PATH: "/engine.io/" });

/** A bare Engine.IO server, with nothing of Socket.IO. */
function serve(): Server {
  return door.origin.mount((http) => {
    const engine = attach(http, {});
    return [engine, () => void engine.close()];
  });
}

/** A bare Engine.IO client and its socket at the server. */
async function pair(mode: ClientMode): Promise<{ client: Socket; server: ServerSocket }> {
  const engine = serve();
  const connection = new Promise<ServerSocket>((resolve) => engine.once("connection", resolve));
  const client = new Socket(door.url, { transports: [...mode.transports] });
  client.binaryType = "nodebuffer";
  onTestFinished(() => void client.close());
  await next(client, mode === UPGRADE ? "upgrade" : "open");
  return { client, server: await connection };
}

describe.each(CLIENT_MODES)("$name", (mode) => {
  test("carries messages of any kind both ways as they are, in order", async () => {
    const { client, server } = await pair(mode);
    const messages = ["2", "40", "a\nb", "🐠", Buffer.of(0, 1, 0x1e), Buffer.alloc(0), "b64"];
    const up = collect(server, "message", messages.length);
    const down = collect(client, "message", messages.length);
    for (const message of messages) {
      client.send(message);
      server.send(message);
    }
    expect(await up).toEqual(messages);
    expect(await down).toEqual(messages);
  });

  test("tells the server of the client's close", async () => {
    const { client, server } = await pair(mode);
    const closed = next(server, "close");
    client.close();
    const [reason] = await closed;
    expect(reason).toBe("transport close");
  });

  test("tells the client of the server's close, after all that was sent", async () => {
    const { client, server } = await pair(mode);
    const received: unknown[] = [];
    client.on("message", (message: unknown) => received.push(message));
    const closed = next(client, "close");
    server.send("one");
    server.send("two");
    server.close();
    const [reason] = await closed;
    expect(reason).toBe("transport close");
    expect(received).toEqual(["one", "two"]);
  });
});

test.skipIf(direct)(
  "serves no Engine.IO elsewhere (a bare server leaves that to others)",
  async () => {
    serve();
    const { status } = await request(`${door.url}/socket.io/?EIO=4&transport=polling`);
    expect(status).toBe(404);
  },
);
