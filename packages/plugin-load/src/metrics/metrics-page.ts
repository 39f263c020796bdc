import { checkPage, skipBlanks } from './check-page.ts';
import type { MetricSelector } from './metric-selector.ts';
import { MetricsPageError } from './metrics-page-error.ts';
import { BLANK, BYTE_CLASS, HASH, NEWLINE } from './page-bytes.ts';
import { nameEnd, type ParsedLine, parseLine } from './sample-line.ts';

/** First letters of the types whose samples have a value of their own: counter, gauge. */
const VALUED: ReadonlySet<number> = new Set(Buffer.from('cg'));
const GAUGE = 103;
/** First letters of the types whose samples are counts and sums: histogram, summary. */
const COUNTED: ReadonlySet<number> = new Set(Buffer.from('hs'));

const NOTHING: readonly Sample[] = Object.freeze([]);

const MARKER = Symbol.for('pointsman.metrics-page');

/** Has the bytes of a page. Reading them throws once they are gone. */
export interface PageSource {
  readonly bytes: Buffer;
}

/** Where a metric is on a page. */
interface Place {
  /** Its first sample; -1 when there is none. */
  readonly start: number;
  /** First letter of its type; 0 when it has none. */
  readonly kind: number;
  /** What the lines of its samples begin with: its name, or that of its counts. */
  readonly label: string;
}

/** One sample of a metric. */
export interface Sample {
  /** Only counters and gauges have one; metrics of other types, or of none, read as 0. May be NaN or infinite. */
  readonly value: number;
  /** Milliseconds since the epoch; 0 when the page does not say. */
  readonly timestamp: number;
  /** A label's value; undefined when the sample has no such label. */
  label(name: string): string | undefined;
}

/**
 * A page in the Prometheus text format, as sources of metrics hand it to their extractors. It is checked when it is
 * made; what a reader asks for is searched in the bytes then, so that nothing is taken apart that nobody wants.
 * A scraped page, and the labels of its samples, can be read while an extractor is called with it, not later: its memory
 * is used again. Whoever tries gets an error, never the bytes of another page.
 */
export class MetricsPage {
  readonly [MARKER] = true;
  readonly #source: PageSource;
  readonly #onRead: ((name: string) => void) | undefined;
  readonly #places = new Map<string, Place>();

  /**
   * @param page its bytes, or what has them for a while
   * @param onRead hears the names of the metrics that are looked for
   * @throws MetricsPageError when the page breaks off, or holds a line that is no metric
   */
  constructor(page: Uint8Array | PageSource, onRead?: (name: string) => void) {
    this.#source = page instanceof Uint8Array ? { bytes: bufferOf(page) } : page;
    this.#onRead = onRead;
    checkPage(this.#bytes);
  }

  /** What an extractor was given, as a page. @throws MetricsPageError when it is something else */
  static of(payload: unknown): MetricsPage {
    if (typeof payload === 'object' && payload !== null && MARKER in payload) return payload as MetricsPage;
    throw new MetricsPageError('this extractor reads metrics pages: attach it to a source of metrics');
  }

  /** True when the page has samples of the metric, with whatever labels. */
  has(name: string): boolean {
    this.#onRead?.(name);
    return this.#find(name, 0) >= 0;
  }

  /** True for a metric that the page declares to be a gauge. */
  isGauge(name: string): boolean {
    return this.typeOf(name) === GAUGE;
  }

  /** First letter of the type that the page declares a metric to be, as a byte; 0 when it has none. */
  typeOf(name: string): number {
    return this.#place(name).kind;
  }

  /** How many samples the page has of a metric, with whatever labels; not looking at what they say. */
  count(name: string): number {
    let count = 0;
    this.#visit(name, () => count++);
    return count;
  }

  /**
   * The samples that a selector means, in page order. Histograms and summaries have one for each count.
   * @throws MetricsPageError when a line of the metric is broken
   */
  samples({ name, labels }: MetricSelector): readonly Sample[] {
    let samples: Sample[] | undefined;
    this.#visit(name, (line, kind) => {
      const sample = new PageSample(this.#source, parseLine(this.#bytes, line), VALUED.has(kind));
      if (!labels.every((label) => sample.label(label.name) === label.value)) return;
      if (samples === undefined) samples = [sample];
      else samples.push(sample);
    });
    return samples ?? NOTHING;
  }

  /** The newest of the samples that a selector means; the first of them when they are equally new or do not say. */
  newest(selector: MetricSelector): Sample | undefined {
    let newest: Sample | undefined;
    for (const sample of this.samples(selector)) {
      if (newest === undefined || sample.timestamp > newest.timestamp) newest = sample;
    }
    return newest;
  }

  get #bytes(): Buffer {
    return this.#source.bytes;
  }

  /** Visits the lines of a metric's samples, in page order. */
  #visit(name: string, visit: (line: number, kind: number) => void): void {
    const { start, kind, label } = this.#place(name);
    for (let line = start; line >= 0; ) {
      visit(line, kind);
      const next = this.#nextLine(line);
      // The format wants the lines of a metric side by side; only those of a histogram have others in between.
      line = this.#isNameAt(next, label) ? next : label === name ? -1 : this.#find(label, next);
    }
  }

  #place(name: string): Place {
    // Throws once they are gone.
    const bytes = this.#bytes;
    let place = this.#places.get(name);
    if (place === undefined) {
      this.#onRead?.(name);
      place = this.#search(bytes, name);
      if (place.label !== name) this.#onRead?.(place.label);
      this.#places.set(name, place);
    }
    return place;
  }

  #search(bytes: Buffer, name: string): Place {
    // Most metrics that a page lacks are not even mentioned: one search tells.
    const mention = bytes.indexOf(name, 0, 'latin1');
    if (mention < 0) return { start: -1, kind: 0, label: name };
    const type = `# TYPE ${name} `;
    const typeAt = bytes.indexOf(type, Math.max(0, mention - type.length), 'latin1');
    if (typeAt < 0) return { start: this.#find(name, mention), kind: 0, label: name };
    const typeEnd = typeAt + type.length;
    const kind = bytes[skipBlanks(bytes, typeEnd)]!;
    const label = COUNTED.has(kind) ? `${name}_count` : name;
    // Nearly always only a line of help comes before the type, and the samples right behind it.
    const isHelp = bytes.indexOf(NEWLINE, mention) + 1 === typeAt && !this.#isNameAt(mention, name);
    const from = mention > typeAt || isHelp ? typeEnd : mention;
    return { start: this.#find(label, from), kind, label };
  }

  /** The next line of a metric from a position on; -1 when there is none. */
  #find(name: string, from: number): number {
    let at = this.#bytes.indexOf(name, from, 'latin1');
    while (at >= 0 && !this.#isNameAt(at, name)) at = this.#bytes.indexOf(name, at + 1, 'latin1');
    return at;
  }

  /** True when a line begins here, and begins with the name. */
  #isNameAt(at: number, name: string): boolean {
    const bytes = this.#bytes;
    if (!isText(bytes, at, at + name.length, name) || nameEnd(bytes, at) !== at + name.length) return false;
    let before = at - 1;
    while (BYTE_CLASS[bytes[before] ?? NEWLINE] === BLANK) before--;
    return before < 0 || bytes[before] === NEWLINE;
  }

  /** Start of the next line that is neither empty nor a comment; the end of the page when there is none. */
  #nextLine(line: number): number {
    const bytes = this.#bytes;
    let i = line;
    do {
      i = skipBlanks(bytes, bytes.indexOf(NEWLINE, i) + 1);
    } while (bytes[i] === NEWLINE || bytes[i] === HASH);
    return i;
  }
}

class PageSample implements Sample {
  readonly value: number;
  readonly timestamp: number;
  readonly #source: PageSource;
  readonly #line: ParsedLine;

  constructor(source: PageSource, line: ParsedLine, isValued: boolean) {
    this.#source = source;
    this.#line = line;
    this.value = isValued ? line.value : 0;
    this.timestamp = line.timestamp;
  }

  label(name: string): string | undefined {
    const { bytes } = this.#source;
    for (const { nameStart, nameEnd, valueStart, valueEnd } of this.#line.labels) {
      if (!isText(bytes, nameStart, nameEnd, name)) continue;
      const raw = bytes.toString('utf8', valueStart, valueEnd);
      return raw.includes('\\') ? raw.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped)) : raw;
    }
    return undefined;
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function isText(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let k = 0; k < text.length; k++) if (bytes[start + k] !== text.charCodeAt(k)) return false;
  return true;
}
