import type { Hono } from "hono";
import { json } from "../answers.ts";
import { publishingAt } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { answerEmit } from "./emit.ts";
import { managementGate } from "./management-gate.ts";

const PATH = "/mooring/emit";

/** Adds the side door: events from those who have the token, and no link to the hub. */
export function addEmit(app: Hono, env: Env, { token, hubShards }: Settings): void {
  const publishAt = publishingAt(env.HUB);
  app.use(PATH, managementGate(token));
  app.post(PATH, (c) => answerEmit(c.req.raw, hubShards, publishAt));
  app.all(PATH, () => {
    return json(405, { code: "WRONG_METHOD", message: "Expected POST." }, [["allow", "POST"]]);
  });
}
