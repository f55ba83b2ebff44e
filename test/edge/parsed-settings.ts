import { env } from "cloudflare:workers";
import type { Settings } from "../../src/edge/env.ts";
import { parseSettings, SettingsError } from "../../src/edge/env.ts";

export type Vars = Readonly<Record<string, unknown>>;

/** The settings that these vars, and no others, give. */
export function settingsOf(vars: Vars): Settings {
  return parseSettings({ SESSIONS: env.SESSIONS, ...vars });
}

/** What is said of vars that are wrong. */
export function complaint(vars: Vars): string {
  try {
    settingsOf(vars);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error(`Expected a SettingsError for ${JSON.stringify(vars)}, got settings.`);
}
