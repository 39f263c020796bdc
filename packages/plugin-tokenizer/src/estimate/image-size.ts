/** Pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Bytes of a picture that are looked at: JPEG may have much before the size, the others have it at the beginning. */
const LOOK_BYTES = 65_536;

/** Reads the size from the beginning of a PNG, GIF or JPEG picture in base64. Undefined for anything else. */
export function base64ImageSize(base64: string): ImageSize | undefined {
  const bytes = decodeStart(base64);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer);
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) && bytes.length >= 24) {
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (startsWith(bytes, [0x47, 0x49, 0x46, 0x38]) && bytes.length >= 10) {
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }
  if (startsWith(bytes, [0xff, 0xd8])) return jpegSize(bytes, view);
  return undefined;
}

/** Walks the segments of a JPEG picture up to the one that begins a frame. */
function jpegSize(bytes: Uint8Array, view: DataView): ImageSize | undefined {
  for (let at = 2; at + 9 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    // A marker may be preceded by any number of fill bytes.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function decodeStart(base64: string): Uint8Array<ArrayBuffer> | undefined {
  const quads = Math.min(Math.floor(base64.length / 4), LOOK_BYTES / 4);
  try {
    return Uint8Array.from(atob(base64.slice(0, quads * 4)), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}
