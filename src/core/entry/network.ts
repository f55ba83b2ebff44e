/**
 * What a client's address is counted by: an IPv4 address as it is, an IPv6 address by its /64, which is what one
 * household has. `::ffff:192.0.2.1` is IPv4 (RFC 4291, 2.5.5.2).
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? groupsOf(address).slice(0, 4).join(":");
}

function groupsOf(address: string): string[] {
  const [head = "", tail] = address.toLowerCase().split("::");
  const before = head.split(":").filter((group) => group !== "");
  if (tail === undefined) return before;
  const after = tail.split(":").filter((group) => group !== "");
  const missing = Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: missing }, () => "0"), ...after];
}
