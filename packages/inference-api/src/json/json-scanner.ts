/** Bytes that JSON is made of. */
export const byte = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

/** A view of the same bytes whose searches run natively. */
export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Index of the first byte from `at` on that is no JSON whitespace; may be the length. */
export function skipWhitespace(json: Buffer, at: number): number {
  let i = at;
  while (i < json.length && isWhitespace(json[i]!)) i++;
  return i;
}

/** Index after the string that opens at `at`, or -1 if it does not close. */
export function skipString(json: Buffer, at: number): number {
  let from = at + 1;
  for (;;) {
    const quote = json.indexOf(byte.quote, from);
    if (quote === -1) return -1;
    let slash = quote - 1;
    while (slash >= from && json[slash] === byte.backslash) slash--;
    // An odd number of backslashes escapes the quote. Those before `from` belong to an earlier quote.
    if ((quote - slash) % 2 === 1) return quote + 1;
    from = quote + 1;
  }
}

/**
 * Index after the value that begins at `at`, or -1 if it does not end. Nesting is counted, not followed, so depth
 * costs no stack; what a value holds is not validated.
 */
export function skipValue(json: Buffer, at: number): number {
  const first = json[at];
  if (first === byte.quote) return skipString(json, at);
  if (first === byte.openBrace || first === byte.openBracket) return skipContainers(json, at + 1, 1);
  let i = at;
  while (i < json.length && !endsScalar(json[i]!)) i++;
  return i === at ? -1 : i;
}

/** Index after the byte that closes `depth` containers that are open at `at`, or -1 if they do not close. */
export function skipContainers(json: Buffer, at: number, depth: number): number {
  let open = depth;
  for (let i = at; i < json.length; ) {
    const c = json[i]!;
    if (c === byte.quote) {
      i = skipString(json, i);
      if (i === -1) return -1;
      continue;
    }
    i++;
    if (c === byte.openBrace || c === byte.openBracket) open++;
    else if ((c === byte.closeBrace || c === byte.closeBracket) && --open === 0) return i;
  }
  return -1;
}

function isWhitespace(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
}

function endsScalar(c: number): boolean {
  return c === byte.comma || c === byte.closeBrace || c === byte.closeBracket || isWhitespace(c);
}
