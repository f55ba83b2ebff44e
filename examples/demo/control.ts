import type { IncomingMessage, ServerResponse } from "node:http";
import type { Fleet } from "./fleet.ts";
import type { Management } from "./management.ts";

interface ControlOptions {
  fleet: Fleet;
  management: Management;
  /** Whose pages may give orders: any other page in the same browser can send requests here as well. */
  pages: readonly string[];
}

interface Answer {
  status: number;
  message: string;
}

/** What the page asks of the demonstration itself: how its servers are, and to kill, drain or take back one of them. */
export class Control {
  readonly #options: ControlOptions;
  readonly #watchers = new Set<ServerResponse>();

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /** Answers what is for it, and gives false for the rest. */
  take(path: string, request: IncomingMessage, response: ServerResponse): boolean {
    if (path === "/origins") {
      this.#watch(response);
      return true;
    }
    const [, name, order] = /^\/origins\/(\w+)\/(kill|drain|ready)$/.exec(path) ?? [];
    if (name === undefined || order === undefined) return false;
    void this.#answer(request, response, name, order);
    return true;
  }

  /** Something about the servers is otherwise than before. */
  changed(): void {
    const event = this.#event();
    for (const watcher of this.#watchers) watcher.write(event);
  }

  #watch(response: ServerResponse): void {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(this.#event());
    this.#watchers.add(response);
    response.once("close", () => this.#watchers.delete(response));
  }

  #event(): string {
    return `data: ${JSON.stringify(this.#options.fleet.status)}\n\n`;
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    order: string,
  ): Promise<void> {
    const { status, message } = await this.#obey(request, name, order);
    response.writeHead(status, { "Content-Type": "text/plain" });
    response.end(message);
  }

  async #obey(request: IncomingMessage, name: string, order: string): Promise<Answer> {
    const { fleet, pages } = this.#options;
    if (request.method !== "POST") return { status: 405, message: "An order is a POST." };
    if (!pages.includes(request.headers.origin ?? "")) {
      return { status: 403, message: "Orders come from the demonstration's own page." };
    }
    const why = order === "ready" ? null : fleet.whyNot(name, order === "kill" ? "kill" : "drain");
    if (why !== null) return { status: 409, message: `No ${order} of ${name}: ${why}.` };
    try {
      return { status: 200, message: await this.#perform(name, order) };
    } catch (fault) {
      return { status: 502, message: fault instanceof Error ? fault.message : String(fault) };
    }
  }

  async #perform(name: string, order: string): Promise<string> {
    const { fleet, management } = this.#options;
    if (order === "kill") {
      fleet.kill(name);
      return `${name} was killed by SIGKILL, and comes back in some seconds.`;
    }
    await management.order(name, order === "drain" ? "drain" : "ready");
    fleet.drained(name, order === "drain");
    return order === "drain"
      ? `${name} is draining: its sessions move to the others, one by one.`
      : `${name} takes sessions again.`;
  }
}
