/** @import { DemoConfig, Mode } from "./facts.ts" */

/**
 * Where the edge is and what stands behind it, from the server of this page.
 *
 * @returns {Promise<DemoConfig>}
 */
export async function fetchConfig() {
  const response = await fetch("config.json");
  /** @type {unknown} */
  const config = await response.json();
  if (isConfig(config)) return config;
  throw new Error(
    `expected the edge and its origins in config.json, got ${JSON.stringify(config)}`,
  );
}

/**
 * The client bundle, asked of the edge as an application's page would: an origin serves it there,
 * and that origin's CORS settings let this page have it.
 *
 * @param {string} edge
 * @returns {Promise<typeof import("socket.io-client")>}
 */
export async function fetchClient(edge) {
  const address = `${edge}/socket.io/socket.io.esm.min.js`;
  /** @type {unknown} */
  const bundle = await import(address);
  if (isClient(bundle)) return bundle;
  throw new Error(`expected Socket.IO's client at ${address}, got something else`);
}

/**
 * The mode that a word from outside names; automatic for anything else.
 *
 * @param {string | null} word
 * @returns {Mode}
 */
export function parseMode(word) {
  return word === "polling" || word === "websocket" ? word : "automatic";
}

/**
 * @param {unknown} value
 * @returns {value is DemoConfig}
 */
function isConfig(value) {
  return isObject(value) && typeof value.edge === "string" && Array.isArray(value.origins);
}

/**
 * @param {unknown} value
 * @returns {value is typeof import("socket.io-client")}
 */
function isClient(value) {
  return isObject(value) && typeof value.io === "function";
}

/**
 * @param {unknown} value
 * @returns {value is { [name: string]: unknown }}
 */
function isObject(value) {
  return typeof value === "object" && value !== null;
}
