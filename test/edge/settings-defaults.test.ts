import { expect, test } from "vitest";
import { settingsOf } from "./parsed-settings.ts";

const MIB = 1024 * 1024;

test("only ORIGINS has to be set", () => {
  expect(settingsOf({ ORIGINS: "http://a:3000" })).toEqual({
    pools: [
      {
        name: "default",
        matches: [],
        origins: [
          {
            name: "a:3000",
            url: "http://a:3000",
            weight: 1,
            isBackup: false,
            maxConnections: undefined,
          },
        ],
        enginePath: "/socket.io/",
        balance: "least-connections",
        affinity: { type: "none" },
        health: undefined,
        cors: undefined,
        slowStartMs: 0,
        queueTimeoutMs: 5000,
        isProxying: false,
        websocket: "own",
        rehomeRate: 1000,
        moves: { drainRate: 50, drainTimeoutMs: 60_000, isRebalancing: false, rebalanceRate: 10 },
      },
    ],
    token: undefined,
    sessionsPerObject: 100,
    clientAddress: "cf-connecting-ip",
    isForwardedTrusted: false,
    creditBytes: 256 * 1024,
    queueBytes: 8 * MIB,
    dialTimeoutMs: 2000,
    originPingLateMs: undefined,
    lossGraceMs: 30_000,
    holdBytes: 1_048_576,
    onUnrecovered: "close",
    onPendingAcks: "close",
    hubShards: 1,
    hubGraceMs: 60_000,
  });
});
