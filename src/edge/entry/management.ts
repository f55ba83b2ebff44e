import { Hono } from "hono";
import type { Order, OrderFault } from "../../core/pool/admin.ts";
import type { Pool } from "../../core/pool/pool.ts";
import { json } from "../answers.ts";
import type { Pools } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { log } from "../log.ts";
import type { Read } from "./management-body.ts";
import { readNothing, readOrigin, readWeight } from "./management-body.ts";
import { managementGate } from "./management-gate.ts";
import { describePool } from "./pool-description.ts";

/** The management API's routes, under its own path: looking at pools, and changing their origins at run time. */
export function createManagement(env: Env, { pools, token }: Settings): Hono {
  const app = new Hono({ getPath: (request) => new URL(request.url).pathname });
  const control = new PoolControl(env.POOL, pools);
  const origin = `${API}/pools/:pool/origins/:origin`;

  app.use(`${API}/*`, managementGate(token));
  app.get(`${API}/pools`, () => control.lookAtAll());
  app.get(`${API}/pools/:pool`, (c) => control.look(c.req.param("pool")));
  app.post(`${API}/pools/:pool/origins`, async (c) => {
    const body = await readOrigin(c.req.raw);
    return control.order(c.req.param("pool"), body, (added) => ({ type: "add", origin: added }));
  });
  app.delete(origin, async (c) => {
    const name = c.req.param("origin");
    const body = await readNothing(c.req.raw);
    return control.order(c.req.param("pool"), body, () => ({ type: "remove", origin: name }));
  });
  app.put(`${origin}/weight`, async (c) => {
    const name = c.req.param("origin");
    const body = await readWeight(c.req.raw);
    return control.order(c.req.param("pool"), body, (weight) => {
      return { type: "weight", origin: name, weight };
    });
  });
  for (const type of ["ready", "drain", "maint"] as const) {
    app.post(`${origin}/${type}`, async (c) => {
      const name = c.req.param("origin");
      const body = await readNothing(c.req.raw);
      return control.order(c.req.param("pool"), body, () => ({ type, origin: name }));
    });
  }
  for (const [path, methods] of METHODS) app.all(path, () => wrongMethod(methods));
  return app;
}

const API = "/mooring/api";

const METHODS = [
  [`${API}/pools`, "GET, HEAD"],
  [`${API}/pools/:pool`, "GET, HEAD"],
  [`${API}/pools/:pool/origins`, "POST"],
  [`${API}/pools/:pool/origins/:origin`, "DELETE"],
  [`${API}/pools/:pool/origins/:origin/weight`, "PUT"],
  [`${API}/pools/:pool/origins/:origin/:order{ready|drain|maint}`, "POST"],
] as const;

const STATUS = {
  UNKNOWN_ORIGIN: 404,
  BAD_VALUE: 400,
  DUPLICATE: 409,
  LAST_ORIGIN: 409,
  TOO_MANY: 409,
} satisfies Record<OrderFault["code"], number>;

const SHOWN_CHARACTERS = 80;

/** Asks pool objects, and says what they answer. */
class PoolControl {
  readonly #objects: DurableObjectNamespace<Pools> | undefined;
  readonly #pools: readonly Pool[];

  constructor(objects: DurableObjectNamespace<Pools> | undefined, pools: readonly Pool[]) {
    this.#objects = objects;
    this.#pools = pools;
  }

  lookAtAll(): Promise<Response> {
    return this.#ask(async (objects) => {
      const looked = this.#pools.map(async (pool) => {
        return describePool(pool, await objectOf(objects, pool).look(pool.name));
      });
      return json(200, { pools: await Promise.all(looked) });
    });
  }

  look(name: string): Promise<Response> {
    return this.#askOf(name, async (objects, pool) => {
      return json(200, describePool(pool, await objectOf(objects, pool).look(pool.name)));
    });
  }

  order<Value>(
    name: string,
    body: Read<Value>,
    orderOf: (value: Value) => Order,
  ): Promise<Response> {
    return this.#askOf(name, async (objects, pool) => {
      if (body.type === "bad") {
        return json(body.status, { code: "BAD_BODY", message: body.message });
      }
      const order = orderOf(body.value);
      const object = objectOf(objects, pool);
      // Calls of one stub arrive in order, so that the look shows what the order has made.
      const [fault, snapshot] = await Promise.all([
        object.order(pool.name, order),
        object.look(pool.name),
      ]);
      if (fault) return json(STATUS[fault.code], fault);
      return json(order.type === "add" ? 201 : 200, describePool(pool, snapshot));
    });
  }

  async #askOf(
    name: string,
    ask: (objects: DurableObjectNamespace<Pools>, pool: Pool) => Promise<Response>,
  ): Promise<Response> {
    const pool = this.#pools.find((other) => other.name === name);
    return pool ? this.#ask((objects) => ask(objects, pool)) : unknownPool(name, this.#pools);
  }

  async #ask(
    ask: (objects: DurableObjectNamespace<Pools>) => Promise<Response>,
  ): Promise<Response> {
    if (this.#objects === undefined) return unreachable("This Worker has no binding POOL.");
    try {
      return await ask(this.#objects);
    } catch (error) {
      log("pool-unreachable", { error: String(error) });
      return unreachable("The pool's object doesn't answer; look at the pool before you repeat.");
    }
  }
}

function objectOf(objects: DurableObjectNamespace<Pools>, { name }: Pool) {
  return objects.get(objects.idFromName(name));
}

function unknownPool(name: string, pools: readonly Pool[]): Response {
  const got = JSON.stringify(name.slice(0, SHOWN_CHARACTERS));
  const known = pools.map((pool) => pool.name).join(", ");
  return json(404, {
    code: "UNKNOWN_POOL",
    message: `There is no pool named ${got}; there is ${known}.`,
  });
}

function unreachable(message: string): Response {
  return json(503, { code: "POOL_UNREACHABLE", message });
}

function wrongMethod(allowed: string): Response {
  return json(405, { code: "WRONG_METHOD", message: `Expected ${allowed}.` }, [["allow", allowed]]);
}
