import type { Server, ServerOptions } from "socket.io";
import { createAdapter } from "../../src/origin/origin.ts";
import { type Origin, startOrigin } from "./origin.ts";

/** Socket.IO servers with the hub's adapter, each on a port of this process. */
export class LinkedOrigins {
  readonly servers: readonly Server[];
  readonly urls: readonly string[];
  readonly #origins: readonly Origin[];

  private constructor(origins: readonly Origin[], servers: readonly Server[]) {
    this.#origins = origins;
    this.servers = servers;
    this.urls = origins.map(({ url }) => url);
  }

  /** Starts them, and waits until each counts all of them. `token`: the hub's. */
  static async start(
    count: number,
    url: string,
    token: string,
    options: Partial<ServerOptions> = {},
  ): Promise<LinkedOrigins> {
    const origins = await Promise.all(Array.from({ length: count }, () => startOrigin()));
    const servers = origins.map((origin) => {
      return origin.serve({ ...options, adapter: createAdapter({ url, token }) });
    });
    const linked = new LinkedOrigins(origins, servers);
    await linked.whenLinked();
    return linked;
  }

  async whenLinked(): Promise<void> {
    const counts = await Promise.all(
      this.servers.map((server) => server.of("/").adapter.serverCount()),
    );
    if (counts.every((count) => count === this.servers.length)) return;
    // There is no event for it: Socket.IO has but the count.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await this.whenLinked();
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
    await Promise.all(this.#origins.map((origin) => origin.stop().catch(() => {})));
  }
}
