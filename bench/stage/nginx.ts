import type { Proxy } from "./proxy.ts";
import { isInstalled, startProxy } from "./proxy.ts";

/** Debian keeps it out of an ordinary user's PATH. */
const NGINX = "/usr/sbin/nginx";

interface Upstream {
  /** Directives, one for each origin. */
  readonly servers: readonly string[];
  readonly timeouts: readonly string[];
}

export function isNginxThere(): boolean {
  return isInstalled(NGINX);
}

/** Starts an nginx before one origin. */
export function startNginx(origin: string): Promise<Proxy> {
  const servers = [`server ${new URL(origin).host};`];
  return start({ servers, timeouts: ["proxy_read_timeout 120s;"] });
}

/**
 * Starts an nginx before origins on these ports that end. The time-outs are as short as the servers' heartbeat allows,
 * which helps nginx: by default an origin that accepts and says nothing holds a handshake for a minute. So is the time
 * for which an origin that failed is left out: by default it is longer than what lies between two restarts of a rolling
 * one, after which none is left.
 */
export function startNginxBefore(ports: readonly number[]): Promise<Proxy> {
  const servers = ports.map((port) => `server 127.0.0.1:${port} fail_timeout=2s;`);
  return start({ servers, timeouts: ["proxy_connect_timeout 2s;", "proxy_read_timeout 15s;"] });
}

function start(upstream: Upstream): Promise<Proxy> {
  return startProxy({
    command: NGINX,
    args: (folder, config) => ["-p", folder, "-e", "stderr", "-c", config],
    config: (folder, port) => configFor(folder, port, upstream),
  });
}

// As Socket.IO's documentation has it for several nodes, and with connections to the origin kept open, which it
// leaves out and which only helps nginx. What it hashes spreads clients that have addresses of their own. An origin that
// ends is no error worth a line.
function configFor(folder: string, port: number, { servers, timeouts }: Upstream): string {
  return `
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
error_log stderr crit;
pid ${folder}/nginx.pid;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream origins {
    hash $remote_addr consistent;
    ${servers.join("\n    ")}
    keepalive 256;
    keepalive_requests 1000000;
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
      ${timeouts.join("\n      ")}
    }
  }
}
`;
}
