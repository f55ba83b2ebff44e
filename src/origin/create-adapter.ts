import type { Namespace, Server } from "socket.io";
import type { Adapter } from "socket.io-adapter";
import { createOrigin } from "../core/origin/origin-machine.ts";
import { encodeData } from "../wire/hub/data.ts";
import { HubAdapter } from "./adapter.ts";
import { decodeInNode } from "./data.ts";
import { hideDialHeaders } from "./dial-headers.ts";
import { HubClient } from "./hub-client.ts";
import type { AdapterOptions, Settings } from "./options.ts";
import { settingsOf } from "./options.ts";
import type { RecoveryHooks } from "./recovery-hooks.ts";
import { Recovery } from "./recovery.ts";
import { keepMsOf } from "./socket-insides.ts";
import { announceClosing } from "./shutdown.ts";

/**
 * An adapter that carries events between Socket.IO servers through Mooring's hub: `io.adapter(createAdapter({ url, token }))`.
 * Throws for options that can't be meant; whatever the hub does later never throws.
 */
export function createAdapter(options: AdapterOptions): (nsp: Namespace) => Adapter {
  const settings = settingsOf(options);
  const clients = new WeakMap<Server, HubClient>();
  // No arrow function, since Socket.IO calls it by `new`.
  return function adapter(nsp: Namespace): Adapter {
    const { server } = nsp;
    const client = clients.get(server) ?? newClient(server, settings);
    clients.set(server, client);
    return new HubAdapter(nsp, client);
  };
}

function newClient(server: Server, settings: Settings): HubClient {
  const client = new HubClient(settings, keepMsOf(server), {
    createOrigin,
    createRecovery: (made) => newRecovery(server, settings, made),
  });
  hideDialHeaders(server);
  announceClosing(server, {
    signals: settings.closeOn,
    drainMs: settings.drainMs,
    announce: () => client.announceClosing(),
    hurry: () => client.recovery.hurry(),
    emptied: () => client.recovery.emptied(),
  });
  return client;
}

function newRecovery(server: Server, { token }: Settings, client: HubClient): RecoveryHooks {
  return new Recovery({
    server,
    origin: client.origin,
    token,
    isOn: client.isRecovering,
    ask: (request, timeoutMs) => client.answersTo(request, timeoutMs),
    isAwaiting: () => client.isAwaiting,
    encode: encodeData,
    decode: decodeInNode,
    warn: (code, message) => client.warnings.warn(code, message),
    join: (nsp, sid, rooms) => client.namespace(nsp.name)?.joinRooms(sid, rooms),
    leave: (nsp, sid, room) => client.namespace(nsp.name)?.leaveRoom(sid, room),
  });
}
