import type { MetricSelector } from './metric-selector.ts';
import { MetricsPageError } from './metrics-page-error.ts';
import { endOfQuote, type PageIndex, scanPage, skipBlanks, textOf } from './scan-page.ts';

const NEWLINE = 10;
const TAB = 9;
const SPACE = 32;
const BRACE = 123;
const BRACE_END = 125;
const COMMA = 44;

/** First letters of the types whose samples have a value of their own. */
const COUNTER = 99;
const GAUGE = 103;
/** First letters of the types whose samples are counts and sums: histogram, summary. */
const HISTOGRAM = 104;
const SUMMARY = 115;

const MARKER = Symbol.for('pointsman.metrics-page');

/** Position of a sample line in its page. */
export type SampleLine = number;

/**
 * A page in the Prometheus text format, as `metrics-data-source` hands it to its extractors. It is checked and indexed
 * when it is made; what a reader asks for is read out of the bytes then.
 */
export class MetricsPage {
  readonly [MARKER] = true;
  readonly #bytes: Uint8Array;
  readonly #index: PageIndex;

  /** @throws MetricsPageError when the page breaks off or a line of it is no metric */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#index = scanPage(bytes);
  }

  /** True for pages of any installed copy of the package. */
  static is(payload: unknown): payload is MetricsPage {
    return typeof payload === 'object' && payload !== null && MARKER in payload;
  }

  /** @throws MetricsPageError when an extractor got something else */
  static of(payload: unknown): MetricsPage {
    if (MetricsPage.is(payload)) return payload;
    throw new MetricsPageError('this extractor reads metrics pages: attach it to a source of metrics');
  }

  /** The sample lines of a metric, in page order. Histograms and summaries have one for each count. */
  lines(name: string): readonly SampleLine[] {
    const kind = this.#kind(name);
    const wanted = kind === HISTOGRAM || kind === SUMMARY ? `${name}_count` : name;
    const lines: SampleLine[] = [];
    const { runs } = this.#index;
    for (let r = 0; r < runs.length; r += 4) {
      if (!this.#equals(runs[r]!, runs[r + 1]!, wanted)) continue;
      const end = runs[r + 3]!;
      for (let i = runs[r + 2]!; i < end; i = this.#nextLine(i)) lines.push(i);
    }
    return lines;
  }

  /** True when the sample has every label of the selector with its value. */
  matches(line: SampleLine, selector: MetricSelector): boolean {
    return selector.labels.every(({ name, value }) => this.label(line, name) === value);
  }

  /** The newest of several samples; the first of them when they are equally new or do not say. */
  newest(lines: readonly SampleLine[]): SampleLine | undefined {
    let newest = lines[0];
    if (lines.length < 2 || newest === undefined) return newest;
    let time = this.#timestamp(newest);
    for (const line of lines) {
      const other = this.#timestamp(line);
      if (other > time) {
        newest = line;
        time = other;
      }
    }
    return newest;
  }

  /** A sample's value. Only counters and gauges have one; metrics of other types, or of none, read as 0. */
  value(line: SampleLine, name: string): number {
    const kind = this.#kind(name);
    if (kind !== COUNTER && kind !== GAUGE) return 0;
    const start = this.#valueStart(line);
    return toNumber(textOf(this.#bytes, start, this.#tokenEnd(start)));
  }

  /** A label's value; undefined when the sample has no such label. */
  label(line: SampleLine, name: string): string | undefined {
    const bytes = this.#bytes;
    let i = this.#labelsStart(line);
    if (bytes[i] !== BRACE) return undefined;
    i = skipBlanks(bytes, i + 1);
    while (bytes[i] !== BRACE_END) {
      const nameStart = i;
      while (bytes[i] !== 61 && bytes[i] !== SPACE && bytes[i] !== TAB) i++;
      const nameEnd = i;
      while (bytes[i] !== 34) i++;
      const valueStart = i + 1;
      const valueEnd = endOfQuote(bytes, valueStart);
      if (this.#equals(nameStart, nameEnd, name)) return this.#unquoted(valueStart, valueEnd);
      i = skipBlanks(bytes, valueEnd + 1);
      if (bytes[i] === COMMA) i = skipBlanks(bytes, i + 1);
    }
    return undefined;
  }

  /** First letter of the metric's type; 0 when it has none. */
  #kind(name: string): number {
    const { types } = this.#index;
    for (let t = 0; t < types.length; t += 3) {
      if (this.#equals(types[t]!, types[t + 1]!, name)) return this.#bytes[types[t + 2]!]!;
    }
    return 0;
  }

  #equals(start: number, end: number, text: string): boolean {
    if (end - start !== text.length) return false;
    for (let k = 0; k < text.length; k++) if (this.#bytes[start + k] !== text.charCodeAt(k)) return false;
    return true;
  }

  #nextLine(line: SampleLine): number {
    const bytes = this.#bytes;
    let i = line;
    while (bytes[i] !== NEWLINE) i++;
    while (bytes[i] === NEWLINE || bytes[i] === SPACE || bytes[i] === TAB) i++;
    return i;
  }

  /** Where the labels begin, or the value when there are none. */
  #labelsStart(line: SampleLine): number {
    const bytes = this.#bytes;
    let i = line;
    while (bytes[i] !== BRACE && bytes[i] !== SPACE && bytes[i] !== TAB) i++;
    return skipBlanks(bytes, i);
  }

  #valueStart(line: SampleLine): number {
    const bytes = this.#bytes;
    let i = this.#labelsStart(line);
    if (bytes[i] !== BRACE) return i;
    while (bytes[i] !== BRACE_END) i = bytes[i] === 34 ? endOfQuote(bytes, i + 1) + 1 : i + 1;
    return skipBlanks(bytes, i + 1);
  }

  #tokenEnd(start: number): number {
    const bytes = this.#bytes;
    let i = start;
    while (bytes[i] !== SPACE && bytes[i] !== TAB && bytes[i] !== NEWLINE) i++;
    return i;
  }

  /** Milliseconds since the epoch; 0 when the sample does not say. */
  #timestamp(line: SampleLine): number {
    const bytes = this.#bytes;
    const start = skipBlanks(bytes, this.#tokenEnd(this.#valueStart(line)));
    return bytes[start] === NEWLINE ? 0 : Number(textOf(bytes, start, this.#tokenEnd(start)));
  }

  #unquoted(start: number, end: number): string {
    const raw = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + start, end - start).toString('utf8');
    if (!raw.includes('\\')) return raw;
    return raw.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
}

function toNumber(text: string): number {
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  if (/inf/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number.NaN;
}
