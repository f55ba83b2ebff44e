import type { Namespace, Server } from "socket.io";
import type { Session } from "socket.io-adapter";
import type { Origin, SocketName } from "../core/origin/origin.ts";
import type { Data, Request, Response, SessionRecord } from "../wire/hub/content.ts";
import type { PoolOriginName } from "../wire/hub/message.ts";

/** What connection state recovery needs of the process that it is part of; one for each Socket.IO server. */
export interface RecoveryHost {
  readonly server: Server;
  readonly origin: Origin;
  readonly token: string;
  /** The server has `connectionStateRecovery`. Where it has not, only a shutdown is told to the edge. */
  readonly isOn: boolean;
  /**
   * Asks all other origins: waits for the link to the hub where that is just coming (back), then for all answers. Gives
   * what has come when the time is over.
   */
  ask(request: Request, timeoutMs: number): Promise<readonly Response[]>;
  /** Whether an origin may be just coming back, which could answer then. */
  isAwaiting(): boolean;
  /** Throws where the value can't be encoded. */
  encode(value: unknown): Data;
  /** Throws where the data are none of ours. */
  decode(data: Data): unknown;
  /** Tells whoever runs the server, `code` being one word for a kind of trouble; seldom, however often it is called. */
  warn(code: string, message: string): void;
  /** Joins rooms, and says nothing of it to the origin machine. */
  join(nsp: Namespace, sid: string, rooms: readonly string[]): void;
  /** Leaves a room, and says nothing of it to the origin machine. */
  leave(nsp: Namespace, sid: string, room: string): void;
}

/** What the adapter tells of sockets, and what the origin machine orders that concerns their recovery. */
export interface RecoveryHooks {
  /** An adapter has been made for this namespace. */
  namespaceOpened(nsp: Namespace): void;
  restoreSession(nsp: Namespace, pid: string, offset: string): Promise<Session | null>;
  persistSession(nsp: Namespace, session: Omit<Session, "missedPackets">): void;
  /**
   * Called after each `addAll` of a socket that is among the namespace's `sockets`. The first time, which is just before
   * its CONNECT is answered, it is announced to the origin machine with its rooms, and the answer is true.
   */
  connecting(nsp: Namespace, sid: string): boolean;
  /** A socket has left all rooms, for good. Of none of these the machine is told by `left`. */
  removed(nsp: Namespace, sid: string): void;
  /** Its rooms may have changed, or its `data`. */
  changed(nsp: Namespace, sid: string): void;
  /** The server is about to close: tells the edge, and gives what that calls this origin, where it has told. */
  shutdown(): PoolOriginName | undefined;
  /** Has the edge move at once what it can. */
  hurry(): void;
  /** Waits until the edge has moved all sessions elsewhere that it can. */
  emptied(): Promise<void>;

  dataOf(socket: SocketName): Data | undefined;
  record(socket: SocketName, record: SessionRecord | undefined): void;
  end(socket: SocketName): void;
  startOver(): void;
}
