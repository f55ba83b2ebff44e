import { testStore } from "../../support/continuity-store.ts";
import { startMongo } from "../../support/mongo.ts";

testStore({
  name: "@socket.io/mongo-adapter",
  isThere: true,
  start: async () => ({ mongo: await startMongo() }),
});
