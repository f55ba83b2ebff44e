interface Sums {
  binary: number;
  text: number;
  bytes: number;
  silentMs: number;
}

const HEADERS_END = "\r\n\r\n";
const TEXT = 1;
const BINARY = 2;

/** Counts the messages of WebSocket connections in one direction, from their bytes (RFC 6455, 5.2). */
export class WebSocketCounter {
  #sums: Sums = none();
  #lastAt = performance.now();

  /** Takes what one connection carries, from its first byte. */
  connection(): (chunk: Buffer) => void {
    let left: Buffer = Buffer.alloc(0);
    let isUpgraded = false;
    let skip = 0;
    return (chunk) => {
      let bytes = left.length > 0 ? Buffer.concat([left, chunk]) : chunk;
      if (!isUpgraded) {
        const end = bytes.indexOf(HEADERS_END);
        isUpgraded = end >= 0;
        left = isUpgraded ? Buffer.alloc(0) : bytes;
        if (!isUpgraded) return;
        bytes = bytes.subarray(end + HEADERS_END.length);
      }
      for (;;) {
        const skipped = Math.min(skip, bytes.length);
        skip -= skipped;
        bytes = bytes.subarray(skipped);
        const frame = skip > 0 ? undefined : frameOf(bytes);
        if (frame === undefined) break;
        this.#count(frame);
        bytes = bytes.subarray(frame.headerBytes);
        skip = frame.payloadBytes;
      }
      left = bytes;
    };
  }

  take(): Sums {
    this.#heard();
    const sums = this.#sums;
    this.#sums = none();
    return sums;
  }

  #count({ opcode, headerBytes, payloadBytes }: Frame): void {
    this.#sums.bytes += headerBytes + payloadBytes;
    if (opcode === TEXT) this.#sums.text += 1;
    if (opcode !== BINARY) return;
    this.#sums.binary += 1;
    this.#heard();
  }

  #heard(): void {
    const now = performance.now();
    this.#sums.silentMs = Math.max(this.#sums.silentMs, now - this.#lastAt);
    this.#lastAt = now;
  }
}

interface Frame {
  readonly opcode: number;
  readonly headerBytes: number;
  readonly payloadBytes: number;
}

/** `undefined` until its header is there in full. */
function frameOf(bytes: Buffer): Frame | undefined {
  const [first, second] = [bytes[0], bytes[1]];
  if (first === undefined || second === undefined) return undefined;
  const [short, isMasked] = [second & 0x7f, (second & 0x80) !== 0];
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const headerBytes = 2 + lengthBytes + (isMasked ? 4 : 0);
  if (bytes.length < headerBytes) return undefined;
  const payloadBytes =
    lengthBytes === 0
      ? short
      : lengthBytes === 2
        ? bytes.readUInt16BE(2)
        : Number(bytes.readBigUInt64BE(2));
  return { opcode: first & 0x0f, headerBytes, payloadBytes };
}

function none(): Sums {
  return { binary: 0, text: 0, bytes: 0, silentMs: 0 };
}
