import type { Content, Data, Request } from "../wire/hub/content.ts";
import { MAX_BODY_BYTES } from "../wire/hub/message.ts";

/** Of each text in a body, beside itself; and of the body, beside its texts and data. */
const HEADER_BYTES = 16;

/** Throws a RangeError for what the hub could not pass on. */
export function refuseLarge(content: Content | Request): void {
  // Most are so small that it needs no exact count: a UTF-16 unit is at most three bytes.
  if (3 * unitsOf(content) < MAX_BODY_BYTES) return;
  const bytes = bytesOf(content);
  if (bytes <= MAX_BODY_BYTES) return;
  throw new RangeError(
    `Expected an emit of at most ${MAX_BODY_BYTES} bytes with its rooms, got ${bytes}.`,
  );
}

function unitsOf(content: Content | Request): number {
  let units = HEADER_BYTES + dataOf(content).length;
  for (const text of textsOf(content)) units += HEADER_BYTES + text.length;
  return units;
}

function bytesOf(content: Content | Request): number {
  let bytes = HEADER_BYTES + Buffer.byteLength(dataOf(content));
  for (const text of textsOf(content)) bytes += HEADER_BYTES + Buffer.byteLength(text);
  return bytes;
}

function dataOf(content: Content | Request): Data {
  return "data" in content ? content.data : "";
}

function textsOf(content: Content | Request): readonly string[] {
  const texts = [content.nsp];
  if ("to" in content) texts.push(...content.to.rooms, ...content.to.except);
  if ("rooms" in content) texts.push(...content.rooms);
  return texts;
}
