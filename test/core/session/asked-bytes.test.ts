import { expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import { spacesBytes } from "../../../src/core/session/spaces.ts";
import { MooredSession } from "./moored-session.ts";

const LIMITS = { onPendingAcks: "replay", holdBytes: 5400, maxPayload: 100_000 } as const;

/** A client's question of so many bytes. */
function question(id: number, bytes: number): string {
  return `42${id}["${"x".repeat(bytes - `42${id}[""]`.length)}"]`;
}

test("questions that are to be asked again are kept within the bytes that a session may hold", () => {
  const moored = new MooredSession(LIMITS).recoverable();
  for (let id = 0; id < 20; id++) moored.up(question(id, 1000));
  expect(spacesBytes(moored.session.spaces)).toBe(5 * 1064);
});

test("a question that did not fit ends its session where its origin is lost: nobody will answer it", () => {
  const moored = new MooredSession(LIMITS).recoverable();
  moored.up(question(0, 6000));
  moored.handle({ type: "origin-ended", cause: Causes.originLost });
  expect(moored.end).toBe("acks pending");
});
