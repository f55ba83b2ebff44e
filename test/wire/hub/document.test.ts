import { createHmac, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { uidOf } from "../../../src/origin/node-key.ts";
import { decodeContent } from "../../../src/wire/hub/content-codec.ts";
import { decodeFromHub, decodeToHub } from "../../../src/wire/hub/frame.ts";
import { shardOf } from "../../../src/wire/hub/shard.ts";
import type { FromHub, ToHub } from "../../../src/wire/hub/message.ts";
import { DIAL_KEY_INFO, parseDial } from "../../../src/wire/recovery/dial.ts";

const TEXT = readFileSync(join(import.meta.dirname, "../../../docs/hub-protocol.md"), "utf8");

describe("the document of the protocol", () => {
  const examples = [...TEXT.matchAll(/^((?:[\da-f]{2}|[\da-f]{32})(?: [\da-f]+)*) {2,}(\S.*)$/gm)];

  test("has an example of every message, as it is read", () => {
    const types = new Set<string>();
    for (const [line, digits = "", words = ""] of examples) {
      const bytes = Uint8Array.from(Buffer.from(digits.replaceAll(" ", ""), "hex"));
      const [message, ...others] = messagesOf(bytes);
      expect([line, message?.type, others.length]).toEqual([line, words.match(/^[\w-]+/)?.[0], 0]);
      types.add(`${message?.type} ${(bytes[0] ?? 0) < 16 ? "to" : "of"} the hub`);
    }
    expect(types.size).toBe(13);
  });

  test("has the type of every message in its tables", () => {
    const rows = [...TEXT.matchAll(/^\| (\d+) \| `([\w-]+)` \|/gm)].map(([, type, name]) => [
      Number(type),
      name,
    ]);
    const read = examples.map(([, digits = ""]) => {
      const bytes = Buffer.from(digits.replaceAll(" ", ""), "hex");
      return [bytes[0], messagesOf(bytes)[0]?.type];
    });
    const unique = new Map(read.map(([type, name]) => [String(type), [type, name]]));
    expect(rows).toEqual([...unique.values()]);
  });

  test("has a body that is read", () => {
    const [, length = "", header = "", data = ""] =
      /^([\da-f]{2}) (\{"type":"event".+?\}\}) (\S+)$/m.exec(TEXT) ?? [];
    const body = Buffer.concat([Buffer.from(length, "hex"), Buffer.from(header + data)]);
    expect(decodeContent(body)).toMatchObject({ type: "event", data: '["news",17]' });
  });

  test("has a key, its uid, and the shard of that", () => {
    const key = /^Mooring-Key: (\S+)$/m.exec(TEXT)?.[1] ?? "";
    const uid = uidOf(key);
    const words = TEXT.replaceAll(/\s+/g, " ");
    expect(words).toContain(`here \`${uid}\``);
    expect(words).toContain(`\`${uid}\` belongs to shard ${shardOf(uid, 16)} of 16.`);
  });

  test("has a dial header and the token of its mac", () => {
    const header = /^mooring-dial: (\S+)$/m.exec(TEXT)?.[1] ?? "";
    const token = /example's token is `(\S+)`/.exec(TEXT)?.[1] ?? "";
    const key = Buffer.from(hkdfSync("sha256", token, "", DIAL_KEY_INFO, 32));
    const { signed = "", mac } = parseDial(header) ?? {};
    expect(createHmac("sha256", key).update(signed).digest("base64url")).toBe(mac);
  });
});

function messagesOf(bytes: Uint8Array): readonly (ToHub | FromHub)[] {
  const read = (bytes[0] ?? 0) < 16 ? decodeToHub(bytes) : decodeFromHub(bytes);
  if ("fault" in read) throw new Error(read.fault);
  return read;
}
