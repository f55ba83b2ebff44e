import * as v from "valibot";
import { quoted, UsageError } from "./usage-error.ts";

const TIMEOUT_MS = 15_000;

const POOL = v.object({
  name: v.string(),
  balance: v.string(),
  affinity: v.string(),
  websocket: v.string(),
  origins: v.array(
    v.object({
      name: v.string(),
      url: v.string(),
      weight: v.number(),
      backup: v.boolean(),
      max_connections: v.nullable(v.number()),
      admin: v.string(),
      health: v.string(),
      sessions: v.number(),
      up_since: v.nullable(v.string()),
    }),
  ),
});

const POOLS = v.object({ pools: v.array(POOL) });

const FAULT = v.object({ code: v.string(), message: v.string() });

/** A pool as the management API gives it. */
export type PoolAnswer = v.InferOutput<typeof POOL>;

/** The management API of the edge at a URL. Its faults are rejections whose messages are for the operator. */
export class PoolClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async pools(): Promise<readonly PoolAnswer[]> {
    return this.#understood(POOLS, await this.#ask("GET", "")).pools;
  }

  async pool(name: string): Promise<PoolAnswer> {
    return this.#understood(POOL, await this.#ask("GET", `/${encodeURIComponent(name)}`));
  }

  /** `path` is below the pool's. Gives the pool as it is then. */
  async change(method: string, pool: string, path: string, body?: object): Promise<PoolAnswer> {
    return this.#understood(
      POOL,
      await this.#ask(method, `/${encodeURIComponent(pool)}${path}`, body),
    );
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await this.#fetch(method, path, body);
    const answer = parseJson(await response.text());
    if (response.ok) return answer;
    throw this.#faultOf(response.status, answer);
  }

  async #fetch(method: string, path: string, body: object | undefined): Promise<Response> {
    try {
      return await fetch(`${this.#url}/mooring/api/pools${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // The token is for this edge, and nobody that it may name.
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw new Error(`${this.#url}: expected Mooring, got no answer (${reason(cause)}).`, {
        cause,
      });
    }
  }

  #faultOf(status: number, answer: unknown): Error {
    const fault = v.is(FAULT, answer) ? answer : undefined;
    if (status === 401) return new Error(`${this.#url}: expected its MOORING_TOKEN, got another.`);
    if (fault?.code === "NOT_FOUND") {
      return new Error(`${this.#url}: expected management, got none: has it a MOORING_TOKEN?`);
    }
    if (fault === undefined) {
      return new Error(`${this.#url}: expected Mooring, got another's answer (${status}).`);
    }
    return status === 400 ? new UsageError(fault.message) : new Error(fault.message);
  }

  #understood<Schema extends v.GenericSchema>(
    schema: Schema,
    answer: unknown,
  ): v.InferOutput<Schema> {
    const result = v.safeParse(schema, answer);
    if (result.success) return result.output;
    const place = v.getDotPath(result.issues[0]) ?? "the answer";
    throw new Error(`${this.#url}: expected pools, got something else (at ${quoted(place)}).`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// fetch says no more than that it failed; what made it is the cause.
function reason(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  if (fault.name === "TimeoutError") return `within ${TIMEOUT_MS} ms`;
  const { cause } = fault;
  if (!(cause instanceof Error)) return fault.message;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}
