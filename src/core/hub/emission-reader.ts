import type { Address, Content, Data } from "../../wire/hub/content.ts";
import type { Operation } from "../../wire/hub/emission.ts";
import {
  KEY_FORM,
  MAX_EMISSIONS,
  MAX_NAME_CHARACTERS,
  MAX_ROOMS,
  RESERVED_EVENTS,
  RESERVED_SERVER_EVENTS,
} from "../../wire/hub/emission.ts";
import type { TextRule } from "./fields.ts";
import { Fields, isTable, shown } from "./fields.ts";

/** What an emission has the hub publish. */
export interface CheckedEmission {
  readonly content: Content;
  readonly key: string | undefined;
}

/** How an application's values are had. */
export interface ValueReader {
  /** What is wrong with the value is added to `faults`, as sentences with its place. */
  read(value: unknown, place: string, faults: string[]): unknown;
  /** Of an event's name and its arguments. */
  encode(values: readonly unknown[]): Data;
}

export type ReadEmissions =
  | { readonly type: "read"; readonly emissions: readonly CheckedEmission[] }
  | { readonly type: "bad"; readonly faults: readonly string[] };

/** Reads one emission or a list of them; with a fault in one of them, there are none. */
export function readEmissions(body: unknown, values: ValueReader): ReadEmissions {
  const faults: string[] = [];
  const list: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (list.length === 0 || list.length > MAX_EMISSIONS) {
    return bad([`body: expected 1 to ${MAX_EMISSIONS} emissions, got ${list.length}.`]);
  }
  const emissions: CheckedEmission[] = [];
  for (const [index, item] of list.entries()) {
    const emission = readEmission(item, Array.isArray(body) ? `[${index}]` : "", values, faults);
    if (emission) emissions.push(emission);
    if (faults.length >= MAX_FAULTS) break;
  }
  return faults.length > 0 ? bad(faults.slice(0, MAX_FAULTS)) : { type: "read", emissions };
}

const MAX_FAULTS = 10;

/** The fields of each operation, beside those of all. */
const FIELDS = {
  emit: ["rooms", "except", "event", "args", "flags"],
  socketsJoin: ["rooms", "except", "join"],
  socketsLeave: ["rooms", "except", "leave"],
  disconnectSockets: ["rooms", "except", "close"],
  serverSideEmit: ["event", "args"],
} satisfies Record<Operation, readonly string[]>;

const COMMON = ["op", "nsp", "key"];

const OPERATION: TextRule = {
  expected: `one of ${Object.keys(FIELDS).map(quoted).join(", ")}`,
  isMet: isOperation,
};

const NSP: TextRule = {
  expected: `a namespace: "/", or a text that begins with it, of at most ${MAX_NAME_CHARACTERS} characters`,
  isMet: (text) => text.startsWith("/") && isName(text),
};

const ROOM: TextRule = {
  expected: `a text of at most ${MAX_NAME_CHARACTERS} characters`,
  isMet: isName,
};

const EVENT: TextRule = {
  expected: `a text of at most ${MAX_NAME_CHARACTERS} characters, none of ${namesOf(RESERVED_EVENTS)}`,
  isMet: (text) => isName(text) && !RESERVED_EVENTS.has(text),
};

const SERVER_EVENT: TextRule = {
  expected: `a text of at most ${MAX_NAME_CHARACTERS} characters, none of ${namesOf(RESERVED_SERVER_EVENTS)}`,
  isMet: (text) => isName(text) && !RESERVED_SERVER_EVENTS.has(text),
};

const KEY: TextRule = {
  expected: "1 to 256 ASCII characters, none of them a space",
  isMet: (text) => KEY_FORM.test(text),
};

function readEmission(
  item: unknown,
  place: string,
  values: ValueReader,
  faults: string[],
): CheckedEmission | undefined {
  if (!isTable(item)) {
    faults.push(`${place === "" ? "body" : place}: expected an object, got ${shown(item)}.`);
    return undefined;
  }
  const fields = new Fields(item, place, faults);
  const op = fields.text("op", OPERATION, "emit");
  if (!isOperation(op)) return undefined;
  fields.expectOnly([...COMMON, ...FIELDS[op]]);
  const key = fields.get("key") === undefined ? undefined : fields.text("key", KEY);
  const content = readContent(op, fields, values, faults);
  return content && { content, key };
}

/** Nothing is encoded of what has a fault. */
function readContent(
  op: Operation,
  fields: Fields,
  values: ValueReader,
  faults: string[],
): Content | undefined {
  const nsp = fields.text("nsp", NSP, "/");
  switch (op) {
    case "emit": {
      const to = addressOf(fields);
      const flags = flagsOf(fields.table("flags"));
      const data = dataOf(fields, EVENT, values, faults);
      const isKept = flags.volatile !== true;
      return data === undefined ? data : { type: "event", nsp, to, flags, isKept, data };
    }
    case "socketsJoin":
      return { type: "join", nsp, to: addressOf(fields), rooms: roomsOf(fields, "join") };
    case "socketsLeave":
      return { type: "leave", nsp, to: addressOf(fields), rooms: roomsOf(fields, "leave") };
    case "disconnectSockets": {
      const close = fields.flag("close") ?? false;
      return { type: "disconnect", nsp, to: addressOf(fields), close };
    }
    case "serverSideEmit": {
      const data = dataOf(fields, SERVER_EVENT, values, faults);
      return data === undefined ? data : { type: "server-event", nsp, data };
    }
  }
}

function addressOf(fields: Fields): Address {
  return {
    rooms: fields.texts("rooms", ROOM, MAX_ROOMS),
    except: fields.texts("except", ROOM, MAX_ROOMS),
  };
}

function roomsOf(fields: Fields, name: "join" | "leave"): readonly string[] {
  return fields.texts(name, ROOM, MAX_ROOMS, 1);
}

function flagsOf(fields: Fields): { volatile?: boolean; compress?: boolean } {
  fields.expectOnly(["volatile", "compress"]);
  const [volatile, compress] = [fields.flag("volatile"), fields.flag("compress")];
  return {
    ...(volatile === undefined ? {} : { volatile }),
    ...(compress === undefined ? {} : { compress }),
  };
}

function dataOf(
  fields: Fields,
  rule: TextRule,
  values: ValueReader,
  faults: string[],
): Data | undefined {
  const event = fields.text("event", rule);
  const args = fields.list("args").map((arg, index) => {
    return values.read(arg, fields.placeOf(`args[${index}]`), faults);
  });
  return faults.length > 0 ? undefined : values.encode([event, ...args]);
}

function isOperation(text: string): text is Operation {
  return Object.hasOwn(FIELDS, text);
}

function isName(text: string): boolean {
  return text.length <= MAX_NAME_CHARACTERS;
}

function namesOf(names: ReadonlySet<string>): string {
  return [...names].map(quoted).join(", ");
}

function quoted(name: string): string {
  return `"${name}"`;
}

function bad(faults: readonly string[]): ReadEmissions {
  return { type: "bad", faults };
}
