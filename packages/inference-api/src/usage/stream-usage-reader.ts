import { isJsonObject, type JsonObject } from '../json/json-object.ts';
import { byte, skipWhitespace } from '../json/json-scanner.ts';
import { SseLineScanner } from './sse-line-scanner.ts';
import { mergeUsage, type Usage, withSummedTotal } from './usage.ts';
import type { UsageDialect } from './usage-dialect.ts';
import type { UsageReader } from './usage-reader.ts';

const prefix = Buffer.from('data:');
const done = Buffer.from('[DONE]');
const space = 0x20;
const firstOfNull = 0x6e;

/**
 * Reads a stream of events. Two kinds of events are parsed: those up to the first token (if someone wants to know
 * it), and those that hold the field without which there is no usage. All others are only searched for that field,
 * natively and once per chunk.
 */
export class StreamUsageReader implements UsageReader {
  usage: Usage | undefined;
  streamedEvents = 0;
  malformed = false;
  readonly #dialect: UsageDialect;
  readonly #field: Buffer;
  readonly #lines = new SseLineScanner((bytes, start, end) => this.#onLine(bytes, start, end));
  #onFirstToken: (() => void) | undefined;
  /** The bytes last searched, and where in them the field stands next; -1 if nowhere. */
  #searched: Buffer | undefined;
  #hit = -1;

  constructor(dialect: UsageDialect, onFirstToken: (() => void) | undefined) {
    this.#dialect = dialect;
    this.#field = Buffer.from(`"${dialect.eventField}"`);
    this.#onFirstToken = onFirstToken;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
    this.#searched = undefined;
  }

  end(): void {
    this.#lines.end();
  }

  #onLine(bytes: Buffer, start: number, end: number): void {
    if (!startsWith(bytes, start, end, prefix)) return;
    let at = start + prefix.length;
    const spaced = at < end && bytes[at] === space;
    if (spaced) at++;
    if (end - at === done.length && startsWith(bytes, at, end, done)) return;
    if (spaced && this.#dialect.countsEvents) this.streamedEvents++;
    const mayReport = this.#holdsField(bytes, at, end);
    if (!mayReport && !this.#onFirstToken) return;
    const event = parseEvent(bytes, at, end);
    if (!event) {
      if (mayReport) this.malformed = true;
      return;
    }
    if (this.#onFirstToken && this.#dialect.hasContent(event)) {
      const notify = this.#onFirstToken;
      this.#onFirstToken = undefined;
      notify();
    }
    if (mayReport) this.#take(this.#dialect.fromEvent(event));
  }

  #take(reported: Usage | undefined): void {
    if (!reported) return;
    const merged = mergeUsage(this.usage, reported);
    this.usage = this.#dialect.sumsTotal ? withSummedTotal(merged) : merged;
  }

  /** Whether the line holds the field with anything but null in it. */
  #holdsField(bytes: Buffer, start: number, end: number): boolean {
    if (this.#searched !== bytes) {
      this.#searched = bytes;
      this.#hit = bytes.indexOf(this.#field, start);
    } else if (this.#hit !== -1 && this.#hit < start) {
      this.#hit = bytes.indexOf(this.#field, start);
    }
    while (this.#hit !== -1 && this.#hit < end) {
      const colon = skipWhitespace(bytes, this.#hit + this.#field.length);
      if (bytes[colon] === byte.colon && bytes[skipWhitespace(bytes, colon + 1)] !== firstOfNull) return true;
      this.#hit = bytes.indexOf(this.#field, this.#hit + 1);
    }
    return false;
  }
}

function startsWith(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (bytes[start + i] !== text[i]) return false;
  }
  return true;
}

function parseEvent(bytes: Buffer, start: number, end: number): JsonObject | undefined {
  try {
    const event: unknown = JSON.parse(bytes.toString('utf8', start, end));
    return isJsonObject(event) ? event : undefined;
  } catch {
    return undefined;
  }
}
