import { MetricsPageError } from './metrics-page-error.ts';
import { BLANK, BRACE_END, BYTE_CLASS, DIGIT, HASH, NAME, NEWLINE, NUMBER } from './page-bytes.ts';

const WORD = /^[+-]?(nan|inf|infinity)$/i;

/**
 * Refuses what breaks off or is no page in the Prometheus text format. Looks at both ends of every line only: labels are
 * left to whoever reads them, because a page is read 20 times a second and hardly any of its lines matters.
 * @throws MetricsPageError
 */
export function checkPage(bytes: Buffer): void {
  const { length } = bytes;
  if (length === 0) return;
  // Every loop below ends at a newline, so none can run past the end.
  if (bytes[length - 1] !== NEWLINE) throw broken(bytes, bytes.lastIndexOf(NEWLINE) + 1, 'breaks off');
  for (let i = 0, end = 0; i < length; i = end + 1) {
    end = bytes.indexOf(NEWLINE, i);
    const start = skipBlanks(bytes, i);
    if (start === end || bytes[start] === HASH) continue;
    const kind = BYTE_CLASS[bytes[start]!]!;
    if ((kind & NAME) === 0 || (kind & DIGIT) !== 0) throw broken(bytes, start, 'begins with no metric name');
    if (!endsWithNumber(bytes, start, end)) throw broken(bytes, start, 'has no number for a value');
  }
}

export function skipBlanks(bytes: Buffer, at: number): number {
  let i = at;
  while (BYTE_CLASS[bytes[i]!] === BLANK) i++;
  return i;
}

/** What is wrong with the line that begins here. */
export function broken(bytes: Buffer, line: number, what: string): MetricsPageError {
  let number = 1;
  for (let i = 0; i < line; i++) if (bytes[i] === NEWLINE) number++;
  const end = bytes.indexOf(NEWLINE, line);
  const shown = bytes.toString('latin1', line, Math.min(end < 0 ? bytes.length : end, line + 80));
  return new MetricsPageError(`line ${number} of the metrics page ${what}: ${JSON.stringify(shown)}`);
}

/** True when a value, and perhaps a timestamp, follow the name or the labels of the line. */
function endsWithNumber(bytes: Buffer, line: number, newline: number): boolean {
  let end = skipBlanksBack(bytes, newline);
  // The value, or the timestamp and then the value.
  for (let numbers = 0; numbers < 2; numbers++) {
    const start = numberStart(bytes, line, end);
    if (start === end) return false;
    end = skipBlanksBack(bytes, start);
    if (bytes[end - 1] === BRACE_END) return true;
    if (end < start && isName(bytes, line, end)) return true;
  }
  return false;
}

function skipBlanksBack(bytes: Buffer, end: number): number {
  let i = end;
  while (BYTE_CLASS[bytes[i - 1]!] === BLANK) i--;
  return i;
}

/** Start of the number that ends here; the end when there is none. */
function numberStart(bytes: Buffer, line: number, end: number): number {
  let i = end;
  let digits = false;
  for (let kind = BYTE_CLASS[bytes[i - 1]!]!; i > line && (kind & NUMBER) !== 0; kind = BYTE_CLASS[bytes[i - 1]!]!) {
    if ((kind & DIGIT) !== 0) digits = true;
    i--;
  }
  if (digits && (BYTE_CLASS[bytes[i - 1]!]! & NAME) === 0) return i;
  while (i > line && (BYTE_CLASS[bytes[i - 1]!]! & (NAME | NUMBER)) !== 0) i--;
  return WORD.test(bytes.toString('latin1', i, end)) ? i : end;
}

function isName(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((BYTE_CLASS[bytes[i]!]! & NAME) === 0) return false;
  return true;
}
