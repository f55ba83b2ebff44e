import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ChaosLink } from "./chaos-link.ts";
import { next } from "./events.ts";
import type { ChaosLook, ChaosOrder } from "./chaos-orders.ts";

const PROGRAM = fileURLToPath(new URL("./chaos-origin-program.ts", import.meta.url));

export interface ChaosOriginOptions {
  readonly token: string;
  readonly isRecovering: boolean;
}

interface Running {
  readonly child: ChildProcess;
  /** Resolves when the process has ended. */
  readonly exited: Promise<unknown>;
}

/** One server of the pool: a process that can be killed and started again, and its own way to the hub. */
export class ChaosOrigin {
  readonly link: ChaosLink;
  readonly #options: ChaosOriginOptions;
  #running: Running | undefined;
  #port = 0;
  #lastId = 0;
  /** How its process ended when nobody had asked it to. */
  readonly crashes: string[] = [];

  private constructor(link: ChaosLink, options: ChaosOriginOptions) {
    this.link = link;
    this.#options = options;
  }

  static async start(options: ChaosOriginOptions): Promise<ChaosOrigin> {
    const origin = new ChaosOrigin(await ChaosLink.open(), options);
    await origin.start();
    return origin;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts the process, on the port of the one before. */
  async start(): Promise<void> {
    const { token, isRecovering } = this.#options;
    const recovery = isRecovering ? "recovery" : "";
    const child = fork(PROGRAM, [this.link.url, token, recovery, String(this.#port)]);
    const exited = once(child, "exit");
    const running = { child, exited };
    this.#running = running;
    child.once("exit", (code, signal) => {
      if (this.#running === running) this.crashes.push(String(code ?? signal));
    });
    const [port] = await next(child, "message");
    this.#port = Number(port);
  }

  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.child.kill("SIGKILL");
    await running?.exited;
  }

  emit(isOn: boolean): Promise<ChaosLook> {
    return this.#order({ do: "emit", isOn });
  }

  look(): Promise<ChaosLook> {
    return this.#order({ do: "look" });
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.link.close();
  }

  async #order(order: ChaosOrder): Promise<ChaosLook> {
    const child = this.#running?.child;
    if (child === undefined) throw new Error("Expected an origin that runs, got none.");
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const take = (message: { id: number; look: ChaosLook }): void => {
        if (message.id !== id) return;
        child.off("message", take);
        child.off("exit", lost);
        resolve(message.look);
      };
      const lost = (): void => reject(new Error("Expected an answer, got the process's end."));
      child.on("message", take);
      child.once("exit", lost);
      child.send({ id, order });
    });
  }
}
