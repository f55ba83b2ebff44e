/** What is expected of a text. */
export interface TextRule {
  readonly expected: string;
  readonly isMet: (text: string) => boolean;
}

const MAX_SHOWN = 80;

/** Reads a table that others wrote, field by field. What is wrong is told as sentences, each with its place. */
export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #place: string;
  readonly #faults: string[];

  constructor(fields: Readonly<Record<string, unknown>>, place: string, faults: string[]) {
    this.#fields = fields;
    this.#place = place;
    this.#faults = faults;
  }

  /** A field that nobody reads would be a wish that isn't heard. */
  expectOnly(names: readonly string[]): void {
    const known = new Set(names);
    const [unknown] = Object.keys(this.#fields).filter((name) => !known.has(name));
    if (unknown === undefined) return;
    const list = names.map((name) => `"${name}"`).join(", ");
    this.#faults.push(
      `${this.#place === "" ? "body" : this.#place}: expected no other fields than ${list}, got ${shown(unknown)}.`,
    );
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  placeOf(name: string): string {
    return this.#place === "" ? name : `${this.#place}.${name}`;
  }

  fault(name: string, expected: string, value: unknown = this.get(name)): void {
    this.#faults.push(`${this.placeOf(name)}: expected ${expected}, got ${shown(value)}.`);
  }

  /** Without a fallback the field has to be there. */
  text(name: string, { expected, isMet }: TextRule, fallback?: string): string {
    const value = this.get(name) ?? fallback;
    if (typeof value === "string" && isMet(value)) return value;
    this.fault(name, expected);
    return "";
  }

  list(name: string): readonly unknown[] {
    const value = this.get(name) ?? [];
    if (Array.isArray(value)) return value;
    this.fault(name, "a list");
    return [];
  }

  texts(name: string, { expected, isMet }: TextRule, most: number, least = 0): readonly string[] {
    const list = this.list(name);
    if (list.length > most) this.fault(name, `at most ${most} of them`, list.length);
    else if (list.length < least) this.fault(name, `a list with at least ${least} of them`);
    const wrong = list.findIndex((item) => typeof item !== "string" || !isMet(item));
    if (wrong >= 0) this.fault(`${name}[${wrong}]`, expected, list[wrong]);
    return list.filter((item) => typeof item === "string");
  }

  flag(name: string): boolean | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === "boolean") return value;
    this.fault(name, "true or false");
    return undefined;
  }

  /** The fields of a table inside, none where there is none. */
  table(name: string): Fields {
    const value = this.get(name) ?? {};
    if (isTable(value)) return new Fields(value, this.placeOf(name), this.#faults);
    this.fault(name, "an object");
    return new Fields({}, "", this.#faults);
  }
}

export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as JSON, with no more of it than is needed. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "boolean" || value === null) return `${value}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== "string") return `a value of type ${typeof value}`;
  return value.length > MAX_SHOWN
    ? `${JSON.stringify(value.slice(0, MAX_SHOWN))}...`
    : JSON.stringify(value);
}
