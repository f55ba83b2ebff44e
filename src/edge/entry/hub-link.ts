import type { Hono } from "hono";
import { isWebSocketUpgrade } from "../../core/entry/engine-request.ts";
import { toBase64Url } from "../../wire/base64.ts";
import { MAX_SHARDS } from "../../wire/hub/frame.ts";
import { HUB_PROTOCOL } from "../../wire/hub/message.ts";
import { json } from "../answers.ts";
import type { Hubs } from "../contracts.ts";
import { shardName, UID_HEADER } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { log } from "../log.ts";
import { managementGate } from "./management-gate.ts";

const PATH = "/mooring/hub";

const PROTOCOL_HEADER = "mooring-protocol";
const KEY_HEADER = "mooring-key";

/** Adds the way to the hub: a WebSocket to one of its shards, for origins that have the token. */
export function addHubLink(app: Hono, env: Env, { token }: Settings): void {
  app.use(PATH, managementGate(token));
  app.get(PATH, (c) => link(c.req.raw, env.HUB));
  app.all(PATH, () => {
    return json(405, { code: "WRONG_METHOD", message: "Expected GET." }, [["allow", "GET"]]);
  });
}

async function link(
  request: Request,
  hubs: DurableObjectNamespace<Hubs> | undefined,
): Promise<Response> {
  const { headers } = request;
  const version = headers.get(PROTOCOL_HEADER);
  // First of all: another version may have other rules for all the rest.
  if (version !== String(HUB_PROTOCOL)) return otherVersion(version);
  if (!isWebSocketUpgrade(headers.get("upgrade"))) {
    return json(
      426,
      { code: "UPGRADE_REQUIRED", message: "Expected the upgrade to a WebSocket." },
      [["upgrade", "websocket"]],
    );
  }
  const key = headers.get(KEY_HEADER) ?? "";
  if (!/^[\w-]{32}$/.test(key)) {
    return bad("BAD_KEY", `Expected ${KEY_HEADER} to be 24 bytes in base64url.`);
  }
  const shard = shardIn(request.url);
  if (shard === undefined) {
    return bad("BAD_SHARD", `Expected shard to be a whole number from 0 to ${MAX_SHARDS - 1}.`);
  }
  if (hubs === undefined) return unreachable("This Worker has no binding HUB.");
  try {
    // Nothing of the origin's request is needed, and it must not say a uid of its own.
    const uid = await uidOf(key);
    const hub = hubs.get(hubs.idFromName(shardName(shard)));
    return await hub.fetch(request.url, { headers: { upgrade: "websocket", [UID_HEADER]: uid } });
  } catch (error) {
    log("hub-unreachable", { shard, error: String(error) });
    return unreachable("The hub's object doesn't answer.");
  }
}

// Any that there may be, not only those that there are: where HUB_SHARDS has become less, origins go on with an old shard
// until all has been taken that they have published to it.
function shardIn(url: string): number | undefined {
  const text = new URL(url).searchParams.get("shard") ?? "";
  const shard = /^\d{1,2}$/.test(text) ? Number(text) : MAX_SHARDS;
  return shard < MAX_SHARDS ? shard : undefined;
}

// Made of the key, so that nobody has another's uid without it; uids are no secret, every origin knows those of all.
async function uidOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return toBase64Url(new Uint8Array(digest, 0, 12));
}

function otherVersion(version: string | null): Response {
  const theirs = version === null ? "none" : JSON.stringify(version.slice(0, 20));
  const message = `This hub speaks version ${HUB_PROTOCOL} of the protocol, the origin ${theirs}.`;
  return json(426, { code: "PROTOCOL_VERSION", message }, [
    [PROTOCOL_HEADER, String(HUB_PROTOCOL)],
  ]);
}

function bad(code: string, message: string): Response {
  return json(400, { code, message });
}

function unreachable(message: string): Response {
  return json(503, { code: "HUB_UNREACHABLE", message }, [["retry-after", "1"]]);
}
