export const TAB = 9;
export const SPACE = 32;
export const ZERO = 48;
export const COLON = 58;
export const SEMICOLON = 59;

const TOKEN = new Uint8Array(256);
for (const byte of Buffer.from("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
  TOKEN[byte] = 1;
}

/** Where the token that begins at `from` ends (RFC 9110, section 5.6.2); `from` when none does. */
export function tokenEnd(bytes: Buffer, from: number, to: number): number {
  let i = from;
  while (i < to && TOKEN[bytes[i]!] === 1) i++;
  return i;
}

export function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}

/** True when the bytes are the text, whatever its case. The text is of small letters and hyphens, the bytes are no controls. */
export function isText(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  // Bit 5 makes letters small and leaves hyphens as they are.
  for (let k = 0; k < text.length; k++) if ((bytes[start + k]! | 0x20) !== text.charCodeAt(k)) return false;
  return true;
}
