import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { portOf } from "./origin.ts";

/** What an origin was asked, byte for byte. */
export interface Dial {
  /** The request line and header fields as they came. */
  readonly head: string;
  readonly method: string;
  readonly target: string;
  /** Fields in the order in which they came, names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly connection: Socket;
}

export type Behaviour = (dial: Dial) => void;

/** A port that does to whoever dials it what a test tells it to, and no more than that. */
export interface HostileOrigin {
  readonly url: string;
  /** All that was asked so far. */
  readonly dials: readonly Dial[];
  /** From now on. It hangs up until told otherwise. */
  behave(behaviour: Behaviour): void;
  stop(): Promise<void>;
}

export async function startHostileOrigin(): Promise<HostileOrigin> {
  const dials: Dial[] = [];
  const connections = new Set<Socket>();
  let current: Behaviour = hangUp;
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on("error", () => {});
    connection.on("close", () => connections.delete(connection));
    readHead(connection, (head) => {
      const dial = dialOf(head, connection);
      dials.push(dial);
      current(dial);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    dials,
    behave(behaviour) {
      dials.length = 0;
      current = behaviour;
    },
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}

export const hangUp: Behaviour = ({ connection }) => void connection.destroy();

export const neverAnswer: Behaviour = () => {};

/** Answers whatever is asked with these bytes, and leaves the connection open. */
export function answerWith(bytes: string | Buffer): Behaviour {
  return ({ connection }) => void connection.write(bytes);
}

/** A complete HTTP answer, after which it hangs up. */
export function page(status: string, type: string, body: string): Behaviour {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}`;
  return ({ connection }) => void connection.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
}

/** Takes the WebSocket, with more header fields; `then` has the connection, for frames of any kind. */
export function accept(
  then: (connection: Socket, dial: Dial) => void,
  fields: readonly string[] = [],
): Behaviour {
  return (dial) => {
    const key = valueOf(dial, "sec-websocket-key");
    if (key === undefined) {
      page("404 Not Found", "text/plain", "no polling here")(dial);
      return;
    }
    dial.connection.write(switching(key, fields));
    then(dial.connection, dial);
  };
}

/** Takes the WebSocket, opens the session, and then hands over. */
export function open(
  then: (connection: Socket, dial: Dial) => void,
  fields: readonly string[] = [],
): Behaviour {
  return accept((connection, dial) => {
    connection.write(text(OPEN));
    then(connection, dial);
  }, fields);
}

const OPEN =
  '0{"sid":"origin","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

function switching(key: string, fields: readonly string[]): string {
  const accepted = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    ...fields,
    `Sec-WebSocket-Accept: ${accepted.digest("base64")}`,
    "\r\n",
  ].join("\r\n");
}

/** RFC 6455, 5.2: a server's frame, unmasked. `first` holds FIN, the reserved bits and the opcode. */
export function frame(first: number, payload: Buffer, declaredLength = payload.length): Buffer {
  if (declaredLength < 126) return Buffer.concat([Buffer.from([first, declaredLength]), payload]);
  const isShort = declaredLength < 65_536;
  const head = Buffer.alloc(isShort ? 4 : 10);
  head[0] = first;
  head[1] = isShort ? 126 : 127;
  if (isShort) head.writeUInt16BE(declaredLength, 2);
  else head.writeBigUInt64BE(BigInt(declaredLength), 2);
  return Buffer.concat([head, payload]);
}

export function text(packet: string): Buffer {
  return frame(0x81, Buffer.from(packet));
}

export function binary(bytes: Buffer): Buffer {
  return frame(0x82, bytes);
}

export function valueOf(dial: Dial, name: string): string | undefined {
  return dial.fields.find(([other]) => other === name)?.[1];
}

function dialOf(head: string, connection: Socket): Dial {
  const [line = "", ...lines] = head.split("\r\n");
  const [method = "", target = ""] = line.split(" ");
  const fields = lines.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  });
  return { head, method, target, fields, connection };
}

function readHead(connection: Socket, done: (head: string) => void): void {
  let arrived = "";
  const collect = (chunk: Buffer): void => {
    arrived += chunk.toString("latin1");
    const end = arrived.indexOf("\r\n\r\n");
    if (end === -1) return;
    connection.off("data", collect);
    done(arrived.slice(0, end));
    connection.resume();
  };
  connection.on("data", collect);
}
