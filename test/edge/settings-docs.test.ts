import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { isTable } from "../../src/edge/settings/table.ts";
import { POOL_KEYS } from "../../src/edge/settings/pools.ts";
import guide from "../../docs/settings.md?raw";
import { complaint, settingsOf } from "./parsed-settings.ts";

const MOORING_TOKEN = "0123456789abcdef";

/** Of each example, the text and the heading that it stands under. */
const EXAMPLES = guide.split(/^#+ /m).flatMap((section) => {
  const heading = section.split("\n", 1)[0] ?? "";
  return [...section.matchAll(/```toml\n(.*?)```/gs)].map(([, text = ""]) => ({ heading, text }));
});

function varsOf(toml: string): Record<string, unknown> {
  const { vars } = parse(toml);
  if (!isTable(vars)) throw new Error(`Expected an example with vars, got ${toml}.`);
  return { ...vars, MOORING_TOKEN };
}

/** What stands in the first column of the table whose heading row begins so. */
function firstColumns(heading: string): string[] {
  return guide
    .split(`\n| ${heading} `)
    .slice(1)
    .flatMap((table) => {
      const rows = table.split("\n\n", 1)[0] ?? "";
      return [...rows.matchAll(/^\| `([^`]+)`/gm)].map(([, name = ""]) => name);
    });
}

describe("docs/settings.md", () => {
  test("has an example of everything that it describes", () => {
    expect(EXAMPLES.map(({ heading }) => heading)).toEqual([
      "Settings",
      "Of a pool",
      "Origins",
      "Affinity",
      "Health",
      "Several pools",
      "Of all pools",
    ]);
  });

  test.each(EXAMPLES)("gives an example that is right under $heading", ({ text }) => {
    expect(settingsOf(varsOf(text)).pools.length).toBeGreaterThan(0);
  });

  test("describes every setting of a pool, as a var", () => {
    const described = firstColumns("var");
    expect(described).toEqual(expect.arrayContaining(POOL_KEYS.map((key) => key.toUpperCase())));
  });

  test("describes every setting of all pools", () => {
    const described = firstColumns("var").filter((name) => !POOL_KEYS.includes(name.toLowerCase()));
    // Each is a setting of its own: a wrong value of it is complained about by that name.
    const faults = described.map((name) => complaint({ ORIGINS: "http://a", [name]: null }));
    expect(faults.map((fault) => fault.split(":")[0])).toEqual(described);
    const { pools, ...others } = settingsOf({ ORIGINS: "http://a", MOORING_TOKEN });
    expect(pools).toHaveLength(1);
    expect(described).toHaveLength(Object.keys(others).length);
  });

  test.each([
    ["Origins", { ORIGINS: [{ url: "http://a", x: 1 }] }],
    ["Affinity", { ORIGINS: "http://a", AFFINITY: "cookie", AFFINITY_COOKIE: { x: 1 } }],
    ["Health", { ORIGINS: "http://a", HEALTH: { x: 1 } }],
  ])("describes every key of the table under %s", (heading, vars) => {
    const fault = complaint({ ...vars, MOORING_TOKEN });
    const [, ...keys] = [...fault.matchAll(/`(\w+)`/g)].map(([, key = ""]) => key);
    const section = guide.split(`### ${heading}\n`)[1]?.split("\n#")[0] ?? "";
    const described = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(keys.length).toBeGreaterThan(3);
    expect(described).toEqual(expect.arrayContaining(keys));
  });
});
