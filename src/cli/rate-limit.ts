/**
 * The platform's rate limit binding, as a module for workerd, which has none of its own. Counts in the memory of the
 * one isolate, from a key's first call until its period has passed.
 */
export const RATE_LIMIT_SCRIPT = `
export default function rateLimit({ limit, periodMs }) {
  const windows = new Map();
  return {
    async limit({ key }) {
      const now = Date.now();
      for (const [known, { endsAt }] of windows) {
        if (endsAt > now) break; // The rest began later.
        windows.delete(known);
      }
      const window = windows.get(key) ?? { endsAt: now + periodMs, count: 0 };
      windows.set(key, window);
      window.count += 1;
      return { success: window.count <= limit };
    },
  };
}
`;
