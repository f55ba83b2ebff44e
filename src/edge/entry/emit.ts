import type { ReadEmissions, ValueReader } from "../../core/hub/emission-reader.ts";
import { readEmissions } from "../../core/hub/emission-reader.ts";
import type { EmitAnswer, Publication } from "../../core/hub/emit-keys.ts";
import { shown } from "../../core/hub/fields.ts";
import { encodeContent } from "../../wire/hub/content-codec.ts";
import { encodeData } from "../../wire/hub/data.ts";
import { EMITTER_FORM, EMITTER_HEADER, KEY_FORM, MAX_EMIT_BYTES } from "../../wire/hub/emission.ts";
import { FormReader } from "../../wire/hub/json-form.ts";
import { shardOf } from "../../wire/hub/shard.ts";
import { json } from "../answers.ts";
import type { PublishAt } from "../contracts.ts";
import { log } from "../log.ts";
import { readEmitBody } from "./emit-body.ts";

/** Answers `POST /mooring/emit` of those who have the token. */
export async function answerEmit(
  request: Request,
  shards: number,
  publishAt: PublishAt,
): Promise<Response> {
  const emitter = request.headers.get(EMITTER_HEADER) ?? undefined;
  if (emitter !== undefined && !EMITTER_FORM.test(emitter)) {
    const message = `${EMITTER_HEADER}: expected 1 to 64 letters, digits, "_", "." or "-", got ${shown(emitter)}.`;
    return json(400, { code: "BAD_VALUE", message });
  }
  const body = await readEmitBody(request);
  if (body.type === "bad") return json(body.status, { code: "BAD_BODY", message: body.message });
  const forms = new FormReader(body.parts);
  const read = withKey(readFrom(body.value, forms), request.headers.get("idempotency-key"));
  if (read.type === "bad") {
    return json(400, { code: "BAD_VALUE", message: read.faults.join(" ") });
  }
  const publications = read.emissions.map(({ content, key }): Publication => {
    return { body: encodeContent(content), ...(key === undefined ? {} : { key }) };
  });
  if (isTooLarge(publications, forms)) {
    const message = `body: expected events of at most ${MAX_EMIT_BYTES} bytes in all, got more.`;
    return json(413, { code: "BAD_BODY", message });
  }
  const shard = shardOf(emitter, shards);
  try {
    return answerOf(shard, publications, await publishAt(shard, publications));
  } catch (error) {
    log("hub-unreachable", { shard, error: String(error) });
    return unreachable();
  }
}

function readFrom(value: unknown, forms: FormReader): ReadEmissions {
  const values: ValueReader = {
    read(form, place, faults) {
      const inner = forms.read(form, place);
      faults.push(...forms.faults.splice(0));
      return inner;
    },
    // A part may be named any number of times: what is too much is not made first.
    encode: (inner) => (isExceeding(forms) ? "" : encodeData(inner)),
  };
  const read = readEmissions(value, values);
  const [unused] = forms.unused;
  if (read.type === "bad" || unused === undefined) return read;
  const faults = [`body: expected {"$part":${shown(unused)}} somewhere, got a file with no use.`];
  return { type: "bad", faults };
}

function isTooLarge(publications: readonly Publication[], forms: FormReader): boolean {
  const bytes = publications.reduce((sum, { body }) => sum + body.byteLength, 0);
  return bytes > MAX_EMIT_BYTES || isExceeding(forms);
}

function isExceeding({ namedBytes }: FormReader): boolean {
  return namedBytes > MAX_EMIT_BYTES;
}

/** The header field says the key of a single emission; quotes, as the field's draft has them, are left out. */
function withKey(read: ReadEmissions, field: string | null): ReadEmissions {
  if (field === null || read.type === "bad") return read;
  const key = /^"(.*)"$/.exec(field)?.[1] ?? field;
  const [emission, ...others] = read.emissions;
  const fault = (expected: string): ReadEmissions => {
    return { type: "bad", faults: [`idempotency-key: expected ${expected}, got ${shown(field)}.`] };
  };
  if (!KEY_FORM.test(key)) return fault("1 to 256 ASCII characters, none of them a space");
  if (emission === undefined || others.length > 0) {
    return fault("none beside a list, whose emissions have each their own `key`");
  }
  if (emission.key !== undefined && emission.key !== key) {
    return fault("the same as the body's `key`");
  }
  return { type: "read", emissions: [{ ...emission, key }] };
}

/** What is repeated is answered as it was the first time, but for a header field. */
function answerOf(
  shard: number,
  publications: readonly Publication[],
  answer: EmitAnswer,
): Response {
  if (answer.type === "key-reused") {
    const key = shown(publications[answer.index]?.key);
    const message = `The key ${key} was used for something else within the last ten minutes; nothing is published.`;
    return json(422, { code: "KEY_REUSED", message });
  }
  const repeated = answer.repeated === 0 ? [] : [["mooring-repeated", `${answer.repeated}`]];
  const headers = repeated.map(([name = "", value = ""]) => [name, value] as const);
  return json(202, { shard, accepted: publications.length }, headers);
}

function unreachable(): Response {
  const message =
    "The hub's object doesn't answer; whether it has heard is not known: ask again with the same keys.";
  return json(503, { code: "HUB_UNREACHABLE", message }, [["retry-after", "1"]]);
}
