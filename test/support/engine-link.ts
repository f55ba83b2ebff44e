import { once } from "node:events";
import { Decoder, Encoder, type Packet } from "socket.io-parser";
import { WebSocket } from "ws";
import type { Note } from "../../src/wire/recovery/note.ts";
import { parseNote } from "../../src/wire/recovery/note.ts";

/** A WebSocket to an Engine.IO server, on which Socket.IO is spoken. */
export class EngineLink {
  readonly socket: WebSocket;
  readonly ended: Promise<number>;
  onNote: (note: Note) => void = () => {};
  onPacket: (packet: Packet) => void = () => {};
  onEnd: (code: number) => void = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.ended = new Promise((resolve) => {
      socket.on("close", (code: number) => {
        this.onEnd(code);
        resolve(code);
      });
    });
    const decoder = new Decoder();
    decoder.on("decoded", (packet: Packet) => this.onPacket(packet));
    socket.on("error", () => {});
    socket.on("message", (bytes: Buffer, isBinary: boolean) => {
      if (isBinary) {
        decoder.add(bytes);
        return;
      }
      const text = bytes.toString();
      if (text === "2") socket.send("3");
      else if (text.startsWith("4")) decoder.add(text.slice(1));
      else if (text.startsWith("6")) {
        const note = parseNote(text);
        if (note) this.onNote(note);
      }
    });
  }

  sendPacket(packet: Packet): void {
    for (const part of new Encoder().encode(packet) as readonly unknown[]) {
      if (typeof part === "string") this.socket.send(`4${part}`);
      else if (part instanceof Uint8Array) this.socket.send(part);
    }
  }

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<EngineLink> {
    const address = `${url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`;
    const link = new EngineLink(new WebSocket(address, { headers }));
    await once(link.socket, "open");
    return link;
  }
}
