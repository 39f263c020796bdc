import { MetricsPageError } from './metrics-page-error.ts';

/** Where the lines of one metric are, without a copy of anything. */
export interface PageIndex {
  /** Neighbouring sample lines of one name, four numbers each: start and end of the name, start and end of the lines. */
  readonly runs: readonly number[];
  /** TYPE lines, three numbers each: start and end of the name, first byte of the type's word. */
  readonly types: readonly number[];
}

const NEWLINE = 10;
const TAB = 9;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;
const BRACE = 123;
const BRACE_END = 125;

const NAME = 1;
const DIGIT = 2;
const NUMBER = 4;
/** What a byte can be part of. */
const CLASS = new Uint8Array(256);
for (const byte of Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:')) CLASS[byte] = NAME;
for (const byte of Buffer.from('0123456789')) CLASS[byte] = NAME | DIGIT | NUMBER;
for (const byte of Buffer.from('+-.eE')) CLASS[byte] = (CLASS[byte] ?? 0) | NUMBER;

const TYPE_WORD = Buffer.from('TYPE');
const WORDS = /^[+-]?(nan|inf|infinity)$/i;

/**
 * Reads a page of the Prometheus text format once, byte by byte, and notes where each metric is. Checks every line, so
 * that a page which is cut off or is no metrics page is refused as a whole.
 * @throws MetricsPageError
 */
export function scanPage(bytes: Uint8Array): PageIndex {
  const { length } = bytes;
  const runs: number[] = [];
  const types: number[] = [];
  let nameStart = 0;
  let nameEnd = 0;
  let open = false;
  let i = 0;
  while (i < length) {
    const first = bytes[i]!;
    if (first === NEWLINE || first === SPACE || first === TAB) {
      i++;
      continue;
    }
    if (first === HASH) {
      const end = endOfLine(bytes, i);
      noteType(bytes, i + 1, end, types);
      open = false;
      i = end + 1;
      continue;
    }
    const start = i;
    if (open && sameName(bytes, start, nameStart, nameEnd)) {
      i += nameEnd - nameStart;
    } else {
      while ((CLASS[bytes[i]!]! & NAME) !== 0) i++;
      if (i === start || (CLASS[first]! & DIGIT) !== 0) throw broken(bytes, start, 'begins with no metric name');
      nameStart = start;
      nameEnd = i;
      runs.push(start, i, start, start);
      open = true;
    }
    i = skipBlanks(bytes, i);
    if (bytes[i] === BRACE) i = skipLabels(bytes, i + 1, start);
    i = skipNumbers(bytes, skipBlanks(bytes, i), start);
    runs[runs.length - 1] = i;
    i++;
  }
  return { runs, types };
}

/** True when the name from `start` on equals the one given, and ends there. */
function sameName(bytes: Uint8Array, start: number, nameStart: number, nameEnd: number): boolean {
  const size = nameEnd - nameStart;
  for (let k = 0; k < size; k++) if (bytes[start + k] !== bytes[nameStart + k]) return false;
  return (CLASS[bytes[start + size] ?? 0]! & NAME) === 0;
}

export function skipBlanks(bytes: Uint8Array, at: number): number {
  let i = at;
  while (bytes[i] === SPACE || bytes[i] === TAB) i++;
  return i;
}

/** Goes past the labels to what follows their closing brace. */
function skipLabels(bytes: Uint8Array, at: number, line: number): number {
  let i = at;
  for (;;) {
    i = skipBlanks(bytes, i);
    if (bytes[i] === BRACE_END) return i + 1;
    const start = i;
    while ((CLASS[bytes[i]!]! & NAME) !== 0) i++;
    if (i === start) throw broken(bytes, line, 'has a label without a name');
    i = skipBlanks(bytes, i);
    if (bytes[i] !== EQUALS) throw broken(bytes, line, 'has a label without a value');
    i = skipBlanks(bytes, i + 1);
    if (bytes[i] !== QUOTE) throw broken(bytes, line, 'has a label without a quoted value');
    i = endOfQuote(bytes, i + 1);
    if (bytes[i] !== QUOTE) throw broken(bytes, line, 'has a label whose value does not end');
    i = skipBlanks(bytes, i + 1);
    if (bytes[i] === COMMA) i++;
    else if (bytes[i] !== BRACE_END) throw broken(bytes, line, 'has labels that do not end');
  }
}

/** Position of the quote that ends a label value, or of the newline that comes before any. */
export function endOfQuote(bytes: Uint8Array, at: number): number {
  let i = at;
  for (let byte = bytes[i]; byte !== QUOTE && byte !== NEWLINE && byte !== undefined; byte = bytes[i]) {
    i += byte === BACKSLASH && bytes[i + 1] !== NEWLINE ? 2 : 1;
  }
  return i;
}

/** Goes past the value and the timestamp to the newline. */
function skipNumbers(bytes: Uint8Array, at: number, line: number): number {
  const end = skipValue(bytes, at, line);
  let i = skipBlanks(bytes, end);
  if (bytes[i] !== NEWLINE && i > end) {
    if (bytes[i] === 45) i++;
    const start = i;
    while ((CLASS[bytes[i]!]! & DIGIT) !== 0) i++;
    if (i === start) throw broken(bytes, line, 'has a timestamp that is no whole number');
    i = skipBlanks(bytes, i);
  }
  if (bytes[i] !== NEWLINE) throw broken(bytes, line, 'has something behind its value');
  return i;
}

function skipValue(bytes: Uint8Array, at: number, line: number): number {
  let i = at;
  let digits = false;
  for (let kind = CLASS[bytes[i]!]!; (kind & NUMBER) !== 0; kind = CLASS[bytes[i]!]!) {
    if ((kind & DIGIT) !== 0) digits = true;
    i++;
  }
  if (digits && (bytes[i] === NEWLINE || bytes[i] === SPACE || bytes[i] === TAB)) return i;
  while ((CLASS[bytes[i]!]! & (NAME | NUMBER)) !== 0) i++;
  if (!WORDS.test(textOf(bytes, at, i))) throw broken(bytes, line, 'has no number for a value');
  return i;
}

function endOfLine(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(NEWLINE, at);
  if (end < 0) throw broken(bytes, at, 'does not end');
  return end;
}

/** Notes `TYPE name word`; other comments mean nothing. */
function noteType(bytes: Uint8Array, at: number, end: number, types: number[]): void {
  let i = skipBlanks(bytes, at);
  for (const byte of TYPE_WORD) if (bytes[i++] !== byte) return;
  if (bytes[i] !== SPACE && bytes[i] !== TAB) return;
  i = skipBlanks(bytes, i);
  const start = i;
  while ((CLASS[bytes[i]!]! & NAME) !== 0) i++;
  const nameEnd = i;
  i = skipBlanks(bytes, i);
  if (nameEnd > start && i < end) types.push(start, nameEnd, i);
}

/** Text of a range, byte by byte. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

function broken(bytes: Uint8Array, line: number, what: string): MetricsPageError {
  let number = 1;
  for (let i = 0; i < line; i++) if (bytes[i] === NEWLINE) number++;
  const end = bytes.indexOf(NEWLINE, line);
  if (end < 0) return new MetricsPageError(`the metrics page breaks off in line ${number}`);
  const shown = Buffer.from(bytes.subarray(line, Math.min(end, line + 80))).toString('latin1');
  return new MetricsPageError(`line ${number} of the metrics page ${what}: ${JSON.stringify(shown)}`);
}
