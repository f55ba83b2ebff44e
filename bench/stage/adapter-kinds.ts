/**
 * What is compared: no adapter; `@socket.io/redis-adapter`; `@socket.io/redis-streams-adapter` with connection state
 * recovery; `mooring/origin` without and with it.
 */
export const ADAPTER_KINDS = ["none", "redis", "streams", "mooring", "mooring-recovery"] as const;
export type AdapterKind = (typeof ADAPTER_KINDS)[number];

export type BrokerName = "redis-server" | "edge";

export function brokerOf(kind: AdapterKind): BrokerName | undefined {
  switch (kind) {
    case "none":
      return undefined;
    case "redis":
    case "streams":
      return "redis-server";
    case "mooring":
    case "mooring-recovery":
      return "edge";
  }
}

export function hasRecovery(kind: AdapterKind): boolean {
  return kind === "streams" || kind === "mooring-recovery";
}

export function isAdapterKind(text: string | undefined): text is AdapterKind {
  return ADAPTER_KINDS.some((kind) => kind === text);
}
