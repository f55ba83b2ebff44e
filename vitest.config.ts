import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// Wrangler and Miniflare otherwise ask the network for news, send telemetry and fetch a sample of `request.cf`.
// The processes that the tests start inherit these.
process.env.CI ??= "1";
process.env.WRANGLER_SEND_METRICS = "false";
process.env.WRANGLER_HIDE_BANNER = "true";
process.env.DO_NOT_TRACK = "1";
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";

// Closed ports of this machine: a test that wants an origin says which, and none reaches a server by accident.
const NO_ORIGINS = ["one=http://127.0.0.1:9", "two=http://127.0.0.2:9"];

export default defineConfig({
  test: {
    // One project after the other, what is quick to fail first.
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/wire/**/*.test.ts", "test/core/**/*.test.ts", "test/layout.test.ts"],
          sequence: { groupOrder: 1 },
          testTimeout: 15_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { ORIGINS: NO_ORIGINS } },
          }),
        ],
        test: {
          name: "edge",
          include: ["test/edge/**/*.test.ts"],
          sequence: { groupOrder: 2 },
          testTimeout: 15_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "origin",
          include: ["test/origin/**/*.test.ts"],
          sequence: { groupOrder: 3 },
          testTimeout: 15_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/*.test.ts"],
          sequence: { groupOrder: 4 },
          // Each file starts an edge, servers and clients of its own. Side by side on two cores they starve each
          // other until heartbeats are late.
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      // Minutes more, by `npm run test:long`.
      {
        test: {
          name: "long",
          include: ["test/e2e/long/*.test.ts"],
          sequence: { groupOrder: 5 },
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
