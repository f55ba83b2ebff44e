import { expect, test } from "vitest";
import { limitsOf } from "../../../src/core/hub/limits.ts";

const MIB = 1024 * 1024;

test.each([
  [1, 16],
  [2, 16],
  [4, 8],
  [8, 4],
  [16, 4],
])("of %i shards each keeps %i MiB of the recent past", (shards, mib) => {
  expect(limitsOf(shards, 60_000)).toEqual({
    shards,
    graceMs: 60_000,
    recentBytes: mib * MIB,
    linkBytes: 4 * MIB,
  });
});
