import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ORIGIN_NAMES } from "./continuity-kinds.ts";
import type { Proxy } from "./proxy.ts";
import { isInstalled, startProxy } from "./proxy.ts";

/** Debian keeps it out of an ordinary user's PATH. */
const HAPROXY = "/usr/sbin/haproxy";

export function isHaproxyThere(): boolean {
  return isInstalled(HAPROXY);
}

/** Starts a HAProxy before one origin. */
export function startHaproxy(origin: string): Promise<Proxy> {
  return start((_, port) => configForOne(port, new URL(origin).host));
}

/** Starts a HAProxy before origins on these ports that end. `order` is for its Runtime API. */
export async function startHaproxyBefore(
  ports: readonly number[],
): Promise<Proxy & { order(order: string): Promise<void> }> {
  let admin = "";
  const proxy = await start((folder, port) => {
    admin = join(folder, "admin.sock");
    return configFor(admin, port, ports);
  });
  return { ...proxy, order: (order) => orderHaproxy(admin, order) };
}

function start(config: (folder: string, port: number) => string): Promise<Proxy> {
  return startProxy({ command: HAPROXY, args: (_, path) => ["-db", "-q", "-f", path], config });
}

async function orderHaproxy(admin: string, order: string): Promise<void> {
  const socket = connect(admin);
  await once(socket, "connect");
  socket.end(`${order}\n`);
  const answer = await text(socket);
  if (answer.trim() !== "") throw new Error(`Expected HAProxy to ${order}, got: ${answer}`);
}

// As Socket.IO's documentation has it, a cookie for each server included. One thread, since nginx has one worker: what
// is compared is CPU, and more threads only add switches between them.
function configForOne(port: number, origin: string): string {
  return `
global
  nbthread 1
  maxconn 8192

defaults
  mode http
  timeout connect 5s
  timeout client 120s
  timeout server 120s
  timeout tunnel 1h

frontend clients
  bind 127.0.0.1:${port} backlog 1024
  default_backend origins

backend origins
  balance leastconn
  option forwardfor
  cookie io prefix indirect nocache
  server origin ${origin} cookie origin
`;
}

// As Socket.IO's documentation has it, with health checks and a cookie for each server. Beyond it, what its operators set
// for such a pool: a handshake goes to another server as soon as one refuses it, and a server that fails its checks
// loses its connections.
function configFor(admin: string, port: number, ports: readonly number[]): string {
  return `
global
  nbthread 1
  maxconn 8192
  stats socket ${admin} mode 600 level admin

defaults
  mode http
  timeout connect 2s
  timeout client 120s
  timeout server 15s
  timeout tunnel 1h
  retries 3
  option redispatch 1

frontend clients
  bind 127.0.0.1:${port} backlog 1024
  default_backend origins

backend origins
  balance leastconn
  option forwardfor
  option httpchk HEAD /health
  http-check expect status 200
  cookie SERVED insert indirect nocache
  default-server inter 2s fall 3 rise 2 on-marked-down shutdown-sessions
${ports.map(serverLine).join("\n")}
`;
}

function serverLine(port: number, i: number): string {
  const name = ORIGIN_NAMES[i];
  return `  server ${name} 127.0.0.1:${port} cookie ${name} check`;
}
