/**
 * Echo by HTTP long-polling: each message is one POST, and one GET that waits for it to come back.
 *
 * `node bench/echo-polling.ts [--url URL] [--rounds 5] [--sessions 100] [--bytes 100] [--seconds 3] [--rate 500]`
 */
import { BarePolls } from "./load/bare-poll.ts";
import { PollingSession } from "./load/polling-session.ts";
import { echoPacket } from "./load/session.ts";
import { ECHO_COLUMNS, ECHO_DEFAULTS, measureEcho } from "./report/echo.ts";
import { readOptions } from "./report/options.ts";
import { run } from "./report/run.ts";

const options = readOptions({ ...ECHO_DEFAULTS, rate: 500 });
const packet = echoPacket(options.bytes);

await run(
  {
    name: "echo-polling",
    targets: ["edge", "poll", "exchange", "nginx", "origin"],
    columns: ECHO_COLUMNS,
    ratios: [
      {
        title: "CPU in workerd per message, edge / two bare polls",
        figure: "front",
        control: "poll",
        limit: { atMost: 1.25 },
      },
      {
        title: "the same at the fixed rate",
        figure: "frontAtRate",
        control: "poll",
        limit: undefined,
      },
      {
        title: "CPU in workerd per message, edge / bare exchange",
        figure: "front",
        control: "exchange",
        limit: undefined,
      },
    ],
    measure: (target) =>
      measureEcho(target, options, async () =>
        target.name === "poll"
          ? new BarePolls(target.url, packet)
          : PollingSession.open(target.url, packet),
      ),
  },
  options,
);
