/** A refused request, in the words of Engine.IO's server: `code` and `message` make the body of a polling answer. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
  readonly status: number;
}

/** Engine.IO's six refusals (engine.io, `Server.errors` and `errorMessages`). */
export const Refusals = {
  unknownTransport: { code: 0, message: "Transport unknown", status: 400 },
  unknownSid: { code: 1, message: "Session ID unknown", status: 400 },
  badHandshakeMethod: { code: 2, message: "Bad handshake method", status: 400 },
  badRequest: { code: 3, message: "Bad request", status: 400 },
  forbidden: { code: 4, message: "Forbidden", status: 403 },
  unsupportedProtocol: { code: 5, message: "Unsupported protocol version", status: 400 },
} as const satisfies Record<string, Refusal>;
