/** The token of an `Authorization` field (RFC 6750, 2.1); `undefined` where it brings none, or something else. */
export function bearerToken(field: string | undefined): string | undefined {
  return /^bearer +([!-~]+) *$/i.exec(field ?? "")?.[1];
}
