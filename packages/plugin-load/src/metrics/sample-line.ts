import { broken, skipBlanks } from './check-page.ts';
import { BACKSLASH, BRACE, BRACE_END, BYTE_CLASS, COMMA, EQUALS, NAME, NEWLINE, QUOTE } from './page-bytes.ts';

/** One label, as positions in the page. The value is without its quotes, but still escaped. */
export interface LabelRange {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A sample line taken apart. */
export interface ParsedLine {
  readonly labels: readonly LabelRange[];
  readonly value: number;
  /** Milliseconds since the epoch; 0 when the line does not say. */
  readonly timestamp: number;
}

/** Takes the line apart that begins here. @throws MetricsPageError */
export function parseLine(bytes: Buffer, line: number): ParsedLine {
  const labels: LabelRange[] = [];
  let i = skipBlanks(bytes, nameEnd(bytes, line));
  if (bytes[i] === BRACE) {
    i = skipBlanks(bytes, i + 1);
    while (bytes[i] !== BRACE_END) {
      const label = labelAt(bytes, i, line);
      labels.push(label);
      i = skipBlanks(bytes, label.valueEnd + 1);
      if (bytes[i] === COMMA) i = skipBlanks(bytes, i + 1);
      else if (bytes[i] !== BRACE_END) throw broken(bytes, line, 'has broken labels');
    }
    i++;
  }
  const newline = bytes.indexOf(NEWLINE, i);
  const [value = '', timestamp = '0', ...more] = bytes
    .toString('latin1', i, newline)
    .trim()
    .split(/[ \t]+/);
  const parsed = { labels, value: toNumber(value), timestamp: Number(timestamp) };
  if (parsed.value === undefined || !Number.isInteger(parsed.timestamp) || more.length > 0) {
    throw broken(bytes, line, 'has no number for a value');
  }
  return parsed as ParsedLine;
}

/** End of the metric or label name that begins here. */
export function nameEnd(bytes: Buffer, at: number): number {
  let i = at;
  while ((BYTE_CLASS[bytes[i]!]! & NAME) !== 0) i++;
  return i;
}

function labelAt(bytes: Buffer, at: number, line: number): LabelRange {
  const end = nameEnd(bytes, at);
  let i = skipBlanks(bytes, end);
  if (end === at || bytes[i] !== EQUALS) throw broken(bytes, line, 'has broken labels');
  i = skipBlanks(bytes, i + 1);
  if (bytes[i] !== QUOTE) throw broken(bytes, line, 'has broken labels');
  const valueStart = ++i;
  for (let byte = bytes[i]!; byte !== QUOTE; byte = bytes[i]!) {
    if (byte === NEWLINE) throw broken(bytes, line, 'has broken labels');
    i += byte === BACKSLASH && bytes[i + 1] !== NEWLINE ? 2 : 1;
  }
  return { nameStart: at, nameEnd: end, valueStart, valueEnd: i };
}

/** @returns undefined for what is no number; NaN is one */
function toNumber(text: string): number | undefined {
  const number = Number(text);
  if (text !== '' && !Number.isNaN(number)) return number;
  const word = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (word === null) return undefined;
  if (word[2]!.toLowerCase() === 'nan') return Number.NaN;
  return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
