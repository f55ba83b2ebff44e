/**
 * Echo by WebSocket: CPU by process for each message, messages a second, latency.
 *
 * `node bench/echo-websocket.ts [--url URL] [--rounds 5] [--sessions 100] [--bytes 100] [--seconds 3] [--rate 1000]`
 */
import { echoPacket } from "./load/session.ts";
import { WebSocketSession } from "./load/websocket-session.ts";
import { ECHO_COLUMNS, ECHO_DEFAULTS, measureEcho } from "./report/echo.ts";
import { readOptions } from "./report/options.ts";
import { run } from "./report/run.ts";

const options = readOptions({ ...ECHO_DEFAULTS, rate: 1000 });
const packet = echoPacket(options.bytes);

await run(
  {
    name: "echo-websocket",
    targets: ["edge", "relay", "nginx", "origin"],
    columns: ECHO_COLUMNS,
    ratios: [
      {
        title: "CPU in workerd per message, edge / bare relay",
        figure: "front",
        control: "relay",
        limit: { atMost: 1.25 },
      },
      {
        title: "the same at the fixed rate",
        figure: "frontAtRate",
        control: "relay",
        limit: undefined,
      },
    ],
    measure: (target) =>
      measureEcho(target, options, () => WebSocketSession.open(target.url, packet)),
  },
  options,
);
