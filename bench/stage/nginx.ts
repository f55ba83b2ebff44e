import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, listening } from "./listening.ts";
import { startSilent } from "./program.ts";
import type { Program } from "./program.ts";

/** Debian keeps it out of an ordinary user's PATH. */
const NGINX = "/usr/sbin/nginx";

export function isNginxThere(): boolean {
  try {
    execFileSync(NGINX, ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts an nginx of our own before one origin, in the foreground, with its files in a folder that goes with it. */
export async function startNginx(origin: string): Promise<Program & { readonly url: string }> {
  const folder = mkdtempSync(join(tmpdir(), "mooring-nginx-"));
  chmodSync(folder, 0o755); // the worker's user has to reach the folders of bodies below
  const port = await freePort();
  const config = join(folder, "nginx.conf");
  writeFileSync(config, configFor(folder, port, new URL(origin).host));
  const nginx = startSilent(NGINX, ["-p", folder, "-e", "stderr", "-c", config]);
  await listening("nginx", port);
  return {
    pid: nginx.pid,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await nginx.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

// As Socket.IO's documentation has it for several nodes, and with connections to the origin kept open, which it
// leaves out and which only helps nginx.
function configFor(folder: string, port: number, origin: string): string {
  return `
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
error_log stderr error;
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
    server ${origin};
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
      proxy_read_timeout 120s;
    }
  }
}
`;
}
