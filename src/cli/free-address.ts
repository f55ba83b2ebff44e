import { once } from "node:events";
import { createServer } from "node:net";

/** Rejects, in words for whoever chose them, when nobody can listen on this host and port now. */
export async function checkAddress(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
  } catch (cause) {
    throw new Error(addressFault(cause, host, port), { cause });
  }
  server.close();
  await once(server, "close");
}

function addressFault(cause: unknown, host: string, port: number): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return `--port: expected a free port, got ${port}, where something listens already (on ${host}).`;
    case "EACCES":
      return `--port: expected a port that this user may listen on, got ${port}.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `--host: expected an address of this machine, got ${JSON.stringify(host)}.`;
    default:
      return `Expected to listen on ${host}, port ${port}, got ${String(cause)}.`;
  }
}
