/** One line of JSON in the Worker's log. Sids and tokens are never logged whole: see `shortSid`. */
export function log(event: string, fields: Readonly<Record<string, string | number>> = {}): void {
  console.log(JSON.stringify({ event, ...fields }));
}

/** Enough of a sid to tell sessions apart, too little to take one over. */
export function shortSid(sid: string): string {
  return `${sid.slice(0, 4)}..${sid.slice(43, 47)}`;
}
