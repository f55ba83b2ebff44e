import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Settings } from "../../src/edge/env.ts";
import { parseSettings } from "../../src/edge/env.ts";
import { SessionOwner } from "../../src/edge/session/session-owner.ts";
import { directUpstream } from "../../src/edge/upstream/direct-upstream.ts";

/**
 * Runs a test inside a session object that has other settings than the Worker's. All that it awaits, answers held
 * back included, belongs to that object, as the platform demands.
 */
export function inObject<Result>(
  settings: Partial<Settings>,
  use: (owner: SessionOwner) => Promise<Result>,
): Promise<Result> {
  const stub = env.SESSIONS.get(env.SESSIONS.newUniqueId());
  return runInDurableObject(stub, (_, state) => {
    const all = { ...parseSettings(env), ...settings };
    const upstream = directUpstream(all.dialTimeoutMs, all.token);
    return use(new SessionOwner(state, env, all, upstream, () => undefined));
  });
}
