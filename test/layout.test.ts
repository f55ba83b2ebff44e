import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, expect, test } from "vitest";
import { nameFaults, sourceFaults, testPlaceFaults } from "./support/layout.ts";

const ROOT = join(import.meta.dirname, "..");

const sourcePaths = typeScriptIn("src");
const otherPaths = ["test", "examples", "bench"].flatMap(typeScriptIn);

describe("the project", () => {
  test("has every room of the design", () => {
    const rooms = new Set(sourcePaths.map((path) => path.split("/")[1]));
    expect([...rooms]).toEqual(expect.arrayContaining(["wire", "core", "edge", "cli"]));
  });

  test("gives every file a kebab-case name that says what it holds", () => {
    expect([...sourcePaths, ...otherPaths].flatMap((path) => nameFaults({ path }))).toEqual([]);
  });

  test("has every test where a project of vitest runs it", () => {
    expect([...sourcePaths, ...otherPaths].flatMap((path) => testPlaceFaults({ path }))).toEqual(
      [],
    );
  });

  test.each(sourcePaths)("keeps the rules of the layout in %s", (path) => {
    expect(faultsOf(path, readFileSync(join(ROOT, path), "utf8"))).toEqual([]);
  });
});

describe("import rules", () => {
  test.each([
    ["src/wire/sid.ts", `import { step } from "../core/session/step.ts";`],
    ["src/wire/sid.ts", `import type { Session } from "../core/session/session.ts";`],
    ["src/wire/sid.ts", `export * from "../edge/env.ts";`],
    ["src/wire/sid.ts", `export { main } from "../cli/main.ts";`],
    ["src/wire/sid.ts", `type Step = import("../core/session/step.ts").Step;`],
    ["src/wire/sid.ts", `const core = await import("../core/session/step.ts");`],
    ["src/wire/sid.ts", `const core = await import(name);`],
    ["src/wire/sid.ts", `import { packet } from "./packet";`],
    ["src/wire/sid.ts", `import { origin } from "../../test/support/origin.ts";`],
    ["src/wire/sid.ts", `import { readFile } from "node:fs/promises";`],
    ["src/wire/sid.ts", `import { readFile } from "fs";`],
    ["src/core/session/step.ts", `import { env } from "cloudflare:workers";`],
    ["src/core/session/step.ts", `import { parseEnv } from "../../edge/env.ts";`],
    ["src/core/session/step.ts", `import { adapter } from "../../origin/adapter.ts";`],
    ["src/edge/entry/app.ts", `import { SessionObject } from "../session/object.ts";`],
    ["src/edge/entry/app.ts", `import type { SessionObject } from "../session/object.ts";`],
    ["src/edge/session/object.ts", `import { dial } from "../upstream/dial.ts";`],
    ["src/edge/session/object.ts", `import worker from "../worker.ts";`],
    ["src/edge/session/object.ts", `import { adapter } from "../../origin/adapter.ts";`],
    ["src/edge/session/object.ts", `import { dev } from "../../cli/dev.ts";`],
    ["src/edge/contracts.ts", `import type { SessionObject } from "./session/object.ts";`],
    ["src/edge/env.ts", `import { app } from "./entry/app.ts";`],
    ["src/edge/worker.ts", `import { adapter } from "../origin/adapter.ts";`],
    ["src/origin/adapter.ts", `import { parseEnv } from "../edge/env.ts";`],
    ["src/origin/adapter.ts", `import { dev } from "../cli/dev.ts";`],
    ["src/cli/dev.ts", `import worker from "../edge/worker.ts";`],
    ["src/cli/dev.ts", `import type { Env } from "../edge/env.ts";`],
    ["src/edge/lobby/door.ts", `export {};`],
    ["src/edge/cors.ts", `export {};`],
    ["src/shared/door.ts", `export {};`],
    ["src/main.ts", `export {};`],
  ])("refuse in %s: %s", (path, text) => {
    expect(faultsOf(path, text)).toHaveLength(1);
  });

  test.each([
    ["src/wire/sid.ts", `import type { Packet } from "./packet.ts";`],
    ["src/wire/sid.ts", `import { encodePacket } from "engine.io-parser";`],
    ["src/wire/sid.ts", `// import { step } from "../core/session/step.ts";`],
    ["src/wire/sid.ts", `export const text = 'import { step } from "../core/session/step.ts"';`],
    ["src/core/session/step.ts", `import { packetBytes } from "../../wire/packet.ts";`],
    ["src/core/session/step.ts", `import { emptyQueue } from "./queue.ts";`],
    ["src/edge/entry/app.ts", `import { parseEnv } from "../env.ts";`],
    ["src/edge/entry/app.ts", `import type { Sessions } from "../contracts.ts";`],
    ["src/edge/entry/app.ts", `import type { Sessions } from "../contracts/sessions.ts";`],
    ["src/edge/entry/app.ts", `import { log } from "../log.ts";`],
    ["src/edge/entry/app.ts", `import { cors } from "./cors.ts";`],
    ["src/edge/entry/app.ts", `import { step } from "../../core/session/step.ts";`],
    ["src/edge/worker.ts", `export { SessionObject } from "./session/object.ts";`],
    ["src/origin/adapter.ts", `import { parseSid } from "../wire/sid.ts";`],
    ["src/cli/main.ts", `import { readFile } from "node:fs/promises";`],
    ["src/cli/main.ts", `import manifest from "../../package.json" with { type: "json" };`],
  ])("allow in %s: %s", (path, text) => {
    expect(faultsOf(path, text)).toEqual([]);
  });

  test("say where the import stands", () => {
    const text = `// Two lines\nimport { dial } from "../upstream/dial.ts";\n`;
    expect(faultsOf("src/edge/session/object.ts", text)).toEqual([
      "src/edge/session/object.ts:2: edge/session may not import src/edge/upstream/dial.ts",
    ]);
  });
});

describe("purity", () => {
  const impure = [
    `await fetch(url);`,
    `const call = fetch;`,
    `const host = { fetch };`,
    `type Fetch = typeof fetch;`,
    `const { fetch: call } = globalThis;`,
    `globalThis.setTimeout(wake, 1);`,
    `globalThis["fet" + "ch"](url);`,
    `let socket: WebSocket;`,
    `setTimeout(wake, 1);`,
    `setInterval(wake, 1);`,
    `queueMicrotask(wake);`,
    `const now = Date.now();`,
    `const now = Date["now"]();`,
    `const now = new Date();`,
    `const now = new Date(...instants);`,
    `const now = Date();`,
    `const Clock = Date;`,
    `const r = Math.random();`,
    `const r = Math["random"]();`,
    `const { random } = Math;`,
    `const bytes = crypto.getRandomValues(new Uint8Array(8));`,
    `const now = performance.now();`,
    `console.log("hello");`,
    `const host = process.env.HOST;`,
    "const text = `${process.pid}`;",
    `declare function fetch(url: string): unknown;`,
  ];
  test.each(impure)("is broken by: %s", (text) => {
    expect(faultsOf("src/core/session/step.ts", text)).toHaveLength(1);
    expect(faultsOf("src/wire/sid.ts", text)).toHaveLength(1);
    expect(faultsOf("src/edge/session/object.ts", text)).toEqual([]);
  });

  test.each([
    `// fetch, setTimeout and Date.now() are for the shell.`,
    `/** Not \`new Date()\`, nor Math.random(). */ export {};`,
    `const advice = "call fetch, not WebSocket";`,
    "const advice = `setTimeout ${1} console.log`;",
    `const pattern = /process|crypto/;`,
    `const rules = { fetch: 1, "console": 2 };`,
    `origin.fetch(request.process);`,
    `interface Port { fetch(url: string): void; readonly console: string }`,
    `class Port { process(): void {} }`,
    `const larger = Math.max(1, 2);`,
    `const instant = new Date(now);`,
    `function day(instant: Date): number { return instant.getDay(); }`,
    `const fetched = true; const processes = 1;`,
  ])("is kept by: %s", (text) => {
    expect(faultsOf("src/core/session/step.ts", text)).toEqual([]);
  });

  test("holds for declarations of globals too", () => {
    const text = `declare function atob(base64: string): string;\ndeclare const performance: object;\n`;
    expect(faultsOf("src/wire/globals.d.ts", text)).toEqual([
      "src/wire/globals.d.ts:2: pure code may not name performance",
    ]);
  });
});

describe("sizes", () => {
  test.each([
    ["a file of 300 lines", lines(300), 1],
    ["a file of 299 lines", lines(299), 0],
    ["an object class of 150 lines", objectClass(150), 1],
    ["an object class of 149 lines", objectClass(149), 0],
    ["any other class of 150 lines", objectClass(150).replace("DurableObject", "Set"), 0],
    ["an object class of 150 lines without a name", objectClass(150).replace("Hub", ""), 1],
  ])("count %s", (_, text, faults) => {
    expect(faultsOf("src/edge/hub/object.ts", text)).toHaveLength(faults);
  });
});

describe("names", () => {
  test.each([
    "src/wire/index.ts",
    "src/core/utils.ts",
    "src/core/session/session-helpers.ts",
    "test/support/common.ts",
    "examples/demo/manager.ts",
    "bench/util.ts",
    "src/core/sessionQueue.ts",
    "src/core/Session.ts",
    "test/wire/packet_codec.test.ts",
  ])("refuse %s", (path) => {
    expect(nameFaults({ path })).toHaveLength(1);
  });

  test.each([
    "src/core/session/queue.ts",
    "src/wire/globals.d.ts",
    "test/wire/base64.test.ts",
    "src/core/commons.ts",
  ])("allow %s", (path) => {
    expect(nameFaults({ path })).toEqual([]);
  });
});

describe("places of tests", () => {
  test.each(["test/cli/main.test.ts", "test/support/origin.test.ts", "src/wire/sid.test.ts"])(
    "refuse %s",
    (path) => {
      expect(testPlaceFaults({ path })).toHaveLength(1);
    },
  );

  test.each(["test/core/session/step.test.ts", "test/layout.test.ts", "test/support/origin.ts"])(
    "allow %s",
    (path) => {
      expect(testPlaceFaults({ path })).toEqual([]);
    },
  );
});

test("a file that doesn't parse is an error, not a file without faults", () => {
  expect(() => faultsOf("src/wire/sid.ts", "let = = 1")).toThrow("src/wire/sid.ts doesn't parse");
});

function faultsOf(path: string, text: string): string[] {
  return sourceFaults({ path, text });
}

function typeScriptIn(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { encoding: "utf8", recursive: true });
  const paths = names.map((name) => [folder, ...name.split(sep)].join("/"));
  return paths.filter((path) => path.endsWith(".ts")).toSorted();
}

function lines(count: number): string {
  return "// A line\n".repeat(count);
}

function objectClass(count: number): string {
  return `export default class Hub extends DurableObject {\n${lines(count - 2)}}\n`;
}
