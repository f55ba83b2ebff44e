import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ORIGIN_NAMES } from "./continuity-kinds.ts";
import { freePort, listening } from "./listening.ts";
import type { Program } from "./program.ts";
import { startSilent } from "./program.ts";

const NGINX = "/usr/sbin/nginx";
const HAPROXY = "/usr/sbin/haproxy";

type Proxy = Program & { readonly url: string };

interface Setting {
  readonly name: string;
  readonly command: string;
  readonly args: (folder: string, config: string) => string[];
  readonly config: (folder: string, port: number) => string;
}

/** Starts an nginx of our own before origins on these ports. */
export async function startNginxBefore(ports: readonly number[]): Promise<Proxy> {
  return startProxy({
    name: "nginx",
    command: NGINX,
    args: (folder, config) => ["-p", folder, "-e", "/dev/null", "-c", config],
    config: (folder, port) => nginxConfig(folder, port, ports),
  });
}

/** Starts a HAProxy of our own before origins on these ports. `order` is for its Runtime API. */
export async function startHaproxyBefore(
  ports: readonly number[],
): Promise<Proxy & { order(order: string): Promise<void> }> {
  let admin = "";
  const proxy = await startProxy({
    name: "HAProxy",
    command: HAPROXY,
    args: (_, config) => ["-db", "-q", "-f", config],
    config(folder, port) {
      admin = join(folder, "admin.sock");
      return haproxyConfig(admin, port, ports);
    },
  });
  return { ...proxy, order: (order) => orderHaproxy(admin, order) };
}

/** In the foreground, with its files in a folder that goes with it. */
async function startProxy({ name, command, args, config }: Setting): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), "mooring-continuity-"));
  chmodSync(folder, 0o755); // nginx's worker has a user of its own, who has to reach the folders of bodies below
  const port = await freePort();
  const path = join(folder, "proxy.conf");
  writeFileSync(path, config(folder, port));
  const program = startSilent(command, args(folder, path));
  const stop = async (): Promise<void> => {
    await program.stop();
    rmSync(folder, { recursive: true });
  };
  try {
    await listening(name, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: program.pid, url: `http://127.0.0.1:${port}`, stop };
}

async function orderHaproxy(admin: string, order: string): Promise<void> {
  const socket = connect(admin);
  await once(socket, "connect");
  socket.end(`${order}\n`);
  const answer = await text(socket);
  if (answer.trim() !== "") throw new Error(`Expected HAProxy to ${order}, got: ${answer}`);
}

// As Socket.IO's documentation has it for several nodes. Clients have addresses of their own, so that hashing these
// spreads them. The time-outs are as short as the servers' heartbeat allows, which helps nginx: by default an origin that
// accepts and says nothing holds a handshake for a minute. So is the time for which an origin that failed is left out: by
// default it is longer than what lies between two restarts of a rolling one, after which none is left.
function nginxConfig(folder: string, port: number, ports: readonly number[]): string {
  return `
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
error_log /dev/null;
pid ${folder}/nginx.pid;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream origins {
    hash $remote_addr consistent;
${ports.map((origin) => `    server 127.0.0.1:${origin} fail_timeout=2s;`).join("\n")}
    keepalive 256;
  }
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location / {
      proxy_pass http://origins;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_connect_timeout 2s;
      proxy_read_timeout 15s;
    }
  }
}
`;
}

// As Socket.IO's documentation has it, with health checks and a cookie for each server. Beyond it, what its operators set
// for such a pool: a handshake goes to another server as soon as one refuses it, and a server that fails its checks
// loses its connections.
function haproxyConfig(admin: string, port: number, ports: readonly number[]): string {
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
${ports.map(haproxyServer).join("\n")}
`;
}

function haproxyServer(port: number, i: number): string {
  const name = ORIGIN_NAMES[i];
  return `  server ${name} 127.0.0.1:${port} cookie ${name} check`;
}
