import { describe, expect, test } from "vitest";
import { isRepeatable, isUnreached } from "../../../src/core/entry/retry.ts";

describe("another origin may be asked", () => {
  test.each(["GET", "HEAD", "OPTIONS", "TRACE"])("what a safe method asks: %s", (method) => {
    expect(isRepeatable(method, false)).toBe(true);
  });

  test.each(["GET", "HEAD", "OPTIONS", "TRACE"])("but not with a body: %s", (method) => {
    expect(isRepeatable(method, true)).toBe(false);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "LOCK", "PURGE", "get", ""])(
    "nor what another method does: %j",
    (method) => {
      expect(isRepeatable(method, false)).toBe(false);
      expect(isRepeatable(method, true)).toBe(false);
    },
  );
});

test.each([520, 521, 522, 523, 525, 526, 530])("%d is the platform's answer", (status) => {
  expect(isUnreached(status)).toBe(true);
});

test.each([101, 200, 404, 429, 500, 502, 503, 504, 519, 524, 527, 529, 531, 999])(
  "%d is an origin's answer, or came too late to ask another",
  (status) => {
    expect(isUnreached(status)).toBe(false);
  },
);
