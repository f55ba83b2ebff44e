import type { Env as WorkerEnv } from "../../src/edge/env.ts";
import type * as worker from "../../src/edge/worker.ts";

// What `env` and `exports` of "cloudflare:workers" are in these tests.
declare global {
  namespace Cloudflare {
    interface Env extends WorkerEnv {}
    interface GlobalProps {
      mainModule: typeof worker;
    }
  }
}
