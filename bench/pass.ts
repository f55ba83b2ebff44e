/**
 * Echo by WebSocket through a pool with `websocket: "pass"`, beside nginx, HAProxy, a bare Worker that
 * does nothing else, and the edge's own sessions.
 *
 * `node bench/pass.ts [--url URL] [--rounds 5] [--sessions 100] [--bytes 100] [--seconds 3] [--rate 1000]`
 */
import { echoPacket } from "./load/session.ts";
import { WebSocketSession } from "./load/websocket-session.ts";
import { ECHO_COLUMNS, ECHO_DEFAULTS, measureEcho } from "./report/echo.ts";
import { readOptions } from "./report/options.ts";
import type { Benchmark } from "./report/run.ts";
import { run } from "./report/run.ts";

type Name = keyof typeof ECHO_COLUMNS;

const options = readOptions({ ...ECHO_DEFAULTS, rate: 1000 });
const packet = echoPacket(options.bytes);

const CPU = { subject: "pass", figure: "front" } as const;
const CPU_AT_RATE = { subject: "pass", figure: "frontAtRate" } as const;
const P99 = { subject: "pass", figure: "p99" } as const;
const AT_MOST = { atMost: 1 } as const;

await run(
  {
    name: "pass",
    targets: ["pass", "splice", "nginx", "haproxy", "edge", "origin"],
    columns: ECHO_COLUMNS,
    ratios: [
      { title: "CPU per message, pass / nginx", ...CPU, control: "nginx", limit: AT_MOST },
      { title: "the same at rate", ...CPU_AT_RATE, control: "nginx", limit: AT_MOST },
      { title: "p99, pass / nginx", ...P99, control: "nginx", limit: AT_MOST },
      { title: "CPU per message, pass / splice", ...CPU, control: "splice", limit: undefined },
      { title: "p99, pass / splice", ...P99, control: "splice", limit: undefined },
      { title: "CPU per message, pass / HAProxy", ...CPU, control: "haproxy", limit: undefined },
      { title: "the same at rate", ...CPU_AT_RATE, control: "haproxy", limit: undefined },
      { title: "p99, pass / HAProxy", ...P99, control: "haproxy", limit: undefined },
      { title: "CPU per message, pass / own", ...CPU, control: "edge", limit: undefined },
    ],
    measure: (target) =>
      measureEcho(target, options, () => WebSocketSession.open(target.url, packet)),
  } satisfies Benchmark<Name>,
  options,
);
