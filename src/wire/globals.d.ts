// The few pure functions of the hosts that wire and core may use: the same in workerd, Node and browsers.

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBuffer | ArrayBufferView): string;
}

declare const TextEncoder: new () => { encode(text?: string): Uint8Array };

declare function atob(base64: string): string;
declare function btoa(binary: string): string;
