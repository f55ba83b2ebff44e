import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { extname, join } from "node:path";
import type { Control } from "./control.ts";
import type { DemoConfig } from "./page/facts.ts";

const TYPES = new Map([
  [".html", "text/html; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".svg", "image/svg+xml"],
]);

interface File {
  type: string;
  body: Buffer;
}

/** What there is to serve once the edge and its origins run. */
export interface Running {
  config: DemoConfig;
  control: Control;
}

/** Serves the page's files, `/config.json`, and what the page asks of the demonstration: 503 until all runs. */
export async function createPageServer(running: () => Running | undefined): Promise<Server> {
  const files = await readFiles(join(import.meta.dirname, "page"));
  return createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    const current = running();
    response.setHeader("Cache-Control", "no-store");
    if (current === undefined) {
      response.writeHead(503, { "Retry-After": "1" }).end("The edge is still starting.\n");
      return;
    }
    const { config, control } = current;
    if (control.take(path, request, response)) return;
    const file = path === "/config.json" ? json(config) : files.get(path);
    if (file === undefined) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("Not found.\n");
      return;
    }
    response.writeHead(200, {
      "Content-Type": file.type,
      "Content-Security-Policy": policy(config.edge),
      "X-Content-Type-Options": "nosniff",
    });
    response.end(file.body);
  });
}

function json(config: DemoConfig): File {
  return { type: "application/json", body: Buffer.from(JSON.stringify(config)) };
}

/** The page's own files and the edge; nothing else on the network. */
function policy(edge: string): string {
  const socket = edge.replace(/^http/, "ws");
  return [
    "default-src 'self'",
    `script-src 'self' ${edge}`,
    `connect-src 'self' ${edge} ${socket}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

async function readFiles(folder: string): Promise<Map<string, File>> {
  const files = new Map<string, File>();
  for (const name of await readdir(folder)) {
    const type = TYPES.get(extname(name));
    if (type !== undefined)
      files.set(`/${name}`, { type, body: await readFile(join(folder, name)) });
  }
  const index = files.get("/index.html");
  if (index !== undefined) files.set("/", index);
  return files;
}
