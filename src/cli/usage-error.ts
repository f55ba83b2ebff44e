/** Says what is wrong with what was asked for: the argument, what was expected, what was got. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was got, for a sentence. */
export function quoted(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text);
}
