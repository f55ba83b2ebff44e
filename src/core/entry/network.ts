/**
 * What a client's address is counted by: an IPv4 address as it is, an IPv6 address by its /64, which is what one
 * household has, in one form however it is written. `::ffff:192.0.2.1` is IPv4 (RFC 4291, 2.5.5.2).
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const groups = groupsOf(address);
  return mappedIPv4(groups) ?? groups.slice(0, 4).join(":");
}

// The eight groups, without leading zeros (RFC 4291, 2.2; RFC 5952, 4.1).
function groupsOf(address: string): string[] {
  const [head = "", tail] = inHexadecimal(address.toLowerCase()).split("::");
  const before = partsOf(head);
  if (tail === undefined) return before;
  const after = partsOf(tail);
  const missing = Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: missing }, () => "0"), ...after];
}

function partsOf(text: string): string[] {
  const groups = text.split(":").filter((group) => group !== "");
  return groups.map((group) => group.replace(/^0+(?=.)/, ""));
}

/** With the last 32 bits in two groups, where they stand as an IPv4 address (RFC 4291, 2.2.3). */
function inHexadecimal(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}

function mappedIPv4(groups: readonly string[]): string | undefined {
  if (groups.length !== 8 || groups.slice(0, 6).join(":") !== "0:0:0:0:0:ffff") return undefined;
  const halves = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return halves.flatMap((half) => [half >> 8, half & 255]).join(".");
}
