/** Bytes as base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: ArrayBuffer): string {
  return btoa(binaryString(new Uint8Array(bytes)));
}

/** The bytes of a base64 text; `undefined` for anything that RFC 4648, section 4, does not call base64. */
export function fromBase64(text: string): ArrayBuffer | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}

/** Bytes in the alphabet that URLs carry unescaped, without padding (RFC 4648, section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(binaryString(bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// String.fromCharCode takes its characters as arguments, and engines bound how many those may be.
const CHUNK_BYTES = 8192;

function binaryString(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(i, i + CHUNK_BYTES));
  }
  return binary;
}
