import { json } from "./answers.ts";
import { publishingAt } from "./contracts.ts";
import type { App } from "./entry/app.ts";
import { createApp } from "./entry/app.ts";
import type { Env, Settings } from "./env.ts";
import { parseSettings, SettingsError } from "./env.ts";
import { HubKeeper } from "./hub/hub-keeper.ts";
import { IoEntrypoint } from "./hub/io-entrypoint.ts";
import { PoolKeeper } from "./pool/pool-keeper.ts";
import { CachedPoolView } from "./pool/pool-view.ts";
import { SessionOwner } from "./session/session-owner.ts";
import { directUpstream } from "./upstream/direct-upstream.ts";

/** The class to bind as `SESSIONS`. */
export class SessionObject extends SessionOwner {
  constructor(ctx: DurableObjectState, env: Env) {
    const settings = parseSettings(env);
    const upstream = directUpstream(settings.dialTimeoutMs, settings.token);
    const views = viewsFor(env, settings);
    super(ctx, env, settings, upstream, (name) => views.find(({ pool }) => pool.name === name));
  }
}

/** The class to bind as `POOL`. */
export class PoolObject extends PoolKeeper {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, parseSettings(env));
  }
}

/** The class to bind as `HUB`. */
export class HubObject extends HubKeeper {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, parseSettings(env));
  }
}

/** The entrypoint that other Workers bind as a service, to emit events by. */
export class IO extends IoEntrypoint {
  constructor(ctx: ExecutionContext, env: Env) {
    super(ctx, env, parseSettings(env).hubShards, publishingAt(env.HUB));
  }
}

/** The front door. Mount it as it is, or call its `fetch` from one's own Worker. */
export default {
  fetch(request, env) {
    try {
      return appFor(env).fetch(request);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return json(503, { code: "SETTINGS", message: error.message });
    }
  },
} satisfies ExportedHandler<Env>;

const apps = new WeakMap<Env, App>();

function appFor(env: Env): App {
  const known = apps.get(env);
  if (known) return known;
  const settings = parseSettings(env);
  const app = createApp(env, settings, viewsFor(env, settings));
  apps.set(env, app);
  return app;
}

const views = new WeakMap<Env, readonly CachedPoolView[]>();

// Of the isolate: its objects ask the pool object together.
function viewsFor(env: Env, { pools, token }: Settings): readonly CachedPoolView[] {
  const known = views.get(env);
  if (known) return known;
  const fresh = pools.map((pool) => new CachedPoolView(pool, env.POOL, token ?? ""));
  views.set(env, fresh);
  return fresh;
}
