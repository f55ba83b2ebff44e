import { WorkerEntrypoint } from "cloudflare:workers";
import type { ValueReader } from "../../core/hub/emission-reader.ts";
import { readEmissions } from "../../core/hub/emission-reader.ts";
import type { Publication } from "../../core/hub/emit-keys.ts";
import { encodeContent } from "../../wire/hub/content-codec.ts";
import { encodeData } from "../../wire/hub/data.ts";
import type { Emission } from "../../wire/hub/emission.ts";
import { MAX_EMIT_BYTES } from "../../wire/hub/emission.ts";
import { BYTE_FORMS, plainValue } from "../../wire/hub/json-form.ts";
import { shardOf } from "../../wire/hub/shard.ts";
import type { PublishAt } from "../contracts.ts";
import type { Env } from "../env.ts";
import { IoOperator } from "./io-operator.ts";

type Rooms = string | readonly string[];

/**
 * What other Workers bind as a service: `env.IO.to("room").emit("event", ...args)`. Whoever may bind it may emit, so there
 * is no token. A binding with props `{ emitter: "name" }` publishes where its name falls, others at shard 0.
 */
export class IoEntrypoint extends WorkerEntrypoint<Env> {
  readonly #operator: IoOperator;

  constructor(ctx: ExecutionContext, env: Env, shards: number, publishAt: PublishAt) {
    super(ctx, env);
    const shard = shardOf(emitterOf(ctx), shards);
    this.#operator = new IoOperator((emission) => {
      return publish(emission, (publication) => publishAt(shard, [publication]));
    });
  }

  of(nsp: string): IoOperator {
    return this.#operator.of(nsp);
  }

  to(rooms: Rooms): IoOperator {
    return this.#operator.to(rooms);
  }

  in(rooms: Rooms): IoOperator {
    return this.#operator.to(rooms);
  }

  except(rooms: Rooms): IoOperator {
    return this.#operator.except(rooms);
  }

  compress(compress: boolean): IoOperator {
    return this.#operator.compress(compress);
  }

  get volatile(): IoOperator {
    return this.#operator.volatile;
  }

  key(key: string): IoOperator {
    return this.#operator.key(key);
  }

  emit(event: string, ...args: unknown[]): Promise<true> {
    return this.#operator.emit(event, ...args);
  }

  serverSideEmit(event: string, ...args: unknown[]): Promise<true> {
    return this.#operator.serverSideEmit(event, ...args);
  }

  socketsJoin(rooms: Rooms): Promise<true> {
    return this.#operator.socketsJoin(rooms);
  }

  socketsLeave(rooms: Rooms): Promise<true> {
    return this.#operator.socketsLeave(rooms);
  }

  disconnectSockets(close = false): Promise<true> {
    return this.#operator.disconnectSockets(close);
  }
}

async function publish(
  emission: Emission,
  publishOne: (publication: Publication) => ReturnType<PublishAt>,
): Promise<true> {
  const read = readEmissions(emission, VALUES);
  if (read.type === "bad") throw new TypeError(read.faults.join(" "));
  for (const { content, key } of read.emissions) {
    const body = encodeContent(content);
    if (body.byteLength > MAX_EMIT_BYTES) {
      throw new RangeError(
        `Expected an event of at most ${MAX_EMIT_BYTES} bytes, got ${body.byteLength}.`,
      );
    }
    const answer = await publishOne({ body, ...(key === undefined ? {} : { key }) });
    if (answer.type === "key-reused") {
      throw new Error(`The key "${key}" was used for something else within the last ten minutes.`);
    }
  }
  return true;
}

/** Values as a call between Workers brings them: bytes are bytes, functions are stubs that nobody here calls. */
const VALUES: ValueReader = {
  read(value, place, faults) {
    if (typeof value === "function") {
      faults.push(`${place}: expected no function: there is nobody here who could get an ack.`);
      return undefined;
    }
    try {
      return plainValue(value, BYTE_FORMS);
    } catch (error) {
      faults.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  },
  encode: encodeData,
};

function emitterOf({ props }: { readonly props?: unknown }): string | undefined {
  const isNamed = typeof props === "object" && props !== null && "emitter" in props;
  return isNamed && typeof props.emitter === "string" ? props.emitter : undefined;
}
