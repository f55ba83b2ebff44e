import { endOf, serve } from "./children.ts";
import type { Child } from "./children.ts";
import type { OriginStatus } from "./page/facts.ts";

/** What a server that has ended takes to come back. */
const BACK_MS = 4_000;

/** More often than this the edge moors no session again. */
const MAX_KILLS = 3;
const KILLS_MS = 61_000;

interface Post {
  child: Child;
  url: string;
  phase: OriginStatus["phase"];
  isDrained: boolean;
}

interface FleetOptions {
  start: (name: string, port: number) => Child;
  say: (text: string) => void;
  changed: () => void;
}

/** The demonstration's servers: they are started again whenever they end, and one may be killed while another goes on. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #posts = new Map<string, Post>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #kills: number[] = [];
  #edge = "";
  #hasLeft = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get children(): Child[] {
    return Array.from(this.#posts.values(), ({ child }) => child);
  }

  get status(): OriginStatus[] {
    return Array.from(this.#posts, ([name, { child, phase, isDrained }]) => ({
      name,
      pid: child.process.pid ?? 0,
      phase,
      isDrained,
      noKill: this.whyNot(name, "kill"),
      noDrain: this.whyNot(name, "drain"),
    }));
  }

  /** Starts them on ports of their own, and gives where they listen. */
  async launch(names: readonly string[]): Promise<{ name: string; url: string }[]> {
    for (const name of names) {
      const child = this.#options.start(name, 0);
      this.#posts.set(name, { child, url: "", phase: "starting", isDrained: false });
    }
    const posts = [...this.#posts].map(async ([name, post]) => {
      post.url = await post.child.url;
      return { name, url: post.url };
    });
    return Promise.all(posts);
  }

  /** Has them serve behind this edge, and watches over them from then on. */
  async serve(edge: string): Promise<void> {
    this.#edge = edge;
    await Promise.all([...this.#posts].map(([name, post]) => this.#serve(name, post)));
  }

  /** What forbids it, if anything does. */
  whyNot(name: string, order: "kill" | "drain"): string | null {
    const post = this.#posts.get(name);
    if (post === undefined) return "unknown";
    if (order === "kill" && post.phase !== "up") return "it is down";
    if (order === "drain" && post.isDrained) return "it is drained";
    const others = [...this.#posts.values()].filter((other) => other !== post);
    if (!others.some(({ phase, isDrained }) => phase === "up" && !isDrained)) {
      return "the last one to take sessions";
    }
    return order === "kill" && this.#kills.length >= MAX_KILLS ? "three a minute at most" : null;
  }

  /** Ends a server as a crash would. Nothing happens where that is forbidden. */
  kill(name: string): void {
    const post = this.#posts.get(name);
    if (post === undefined || this.whyNot(name, "kill") !== null) return;
    post.phase = "down";
    post.child.process.kill("SIGKILL");
    this.#kills.push(Date.now());
    this.#later(KILLS_MS, () => {
      this.#kills = this.#kills.slice(1);
      this.#options.changed();
    });
    this.#options.changed();
  }

  /** The edge has been told to give this server sessions, or none. */
  drained(name: string, isDrained: boolean): void {
    const post = this.#posts.get(name);
    if (post !== undefined) post.isDrained = isDrained;
    this.#options.changed();
  }

  /** From now on none is started again. */
  leave(): void {
    this.#hasLeft = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #serve(name: string, post: Post): Promise<void> {
    await post.child.url;
    await serve(post.child, this.#edge);
    post.phase = "up";
    if (endOf(post.child) === undefined) {
      post.child.process.once("close", () => this.#ended(name, post));
    } else this.#ended(name, post);
    this.#options.changed();
  }

  #ended(name: string, post: Post): void {
    if (this.#hasLeft) return;
    const end = `${name} (process ${post.child.process.pid}) has ended: ${endOf(post.child)}.`;
    this.#options.say(`${end} It comes back in ${BACK_MS / 1000} s.`);
    post.phase = "down";
    this.#later(BACK_MS, () => void this.#again(name, post));
    this.#options.changed();
  }

  async #again(name: string, post: Post): Promise<void> {
    post.child = this.#options.start(name, Number(new URL(post.url).port));
    post.phase = "starting";
    this.#options.changed();
    try {
      await this.#serve(name, post);
      this.#options.say(`${name} is up again (process ${post.child.process.pid}).`);
    } catch {
      this.#ended(name, post);
    }
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
