import { testStore } from "../../support/continuity-store.ts";
import { hasRedis, startRedis } from "../../support/redis.ts";

testStore({
  name: "@socket.io/redis-streams-adapter",
  isThere: hasRedis,
  start: async () => ({ redis: await startRedis() }),
});
