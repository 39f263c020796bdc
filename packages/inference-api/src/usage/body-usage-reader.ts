import { isJsonObject } from '../json/json-object.ts';
import { viewOf } from '../json/json-scanner.ts';
import { findTrailingField } from '../json/trailing-field.ts';
import { type Usage, withSummedTotal } from './usage.ts';
import type { UsageDialect } from './usage-dialect.ts';
import type { UsageReader } from './usage-reader.ts';

/** Model servers put usage after the generated text, so the end of a response is enough. */
const tailBytes = 256 * 1024;

/**
 * Reads a response that is one JSON object. It keeps references to the last chunks only, and parses no more than
 * the usage where that stands near the end.
 */
export class BodyUsageReader implements UsageReader {
  usage: Usage | undefined;
  readonly streamedEvents = 0;
  malformed = false;
  readonly #dialect: UsageDialect;
  #chunks: Uint8Array[] = [];
  #kept = 0;
  #whole = true;

  constructor(dialect: UsageDialect) {
    this.#dialect = dialect;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#kept += chunk.length;
    while (this.#kept - this.#chunks[0]!.length >= tailBytes) {
      this.#kept -= this.#chunks.shift()!.length;
      this.#whole = false;
    }
  }

  end(): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    if (chunks.length === 0) return;
    const last = viewOf(chunks.at(-1)!);
    if (this.#takeTrailing(last)) return;
    const tail = chunks.length === 1 ? last : Buffer.concat(chunks, this.#kept);
    if (tail !== last && this.#takeTrailing(tail)) return;
    if (this.#whole) this.#takeFrom(tail);
  }

  /** Takes the usage if it stands at the end of the answer, without parsing anything else. */
  #takeTrailing(tail: Buffer): boolean {
    const range = findTrailingField(tail, this.#dialect.bodyField);
    if (range) this.#take(parse(tail.toString('utf8', range.start, range.end)));
    return range !== undefined;
  }

  #takeFrom(body: Buffer): void {
    const value = parse(body.toString('utf8'));
    if (value === unreadable) this.malformed = true;
    else if (isJsonObject(value)) this.#take(value[this.#dialect.bodyField]);
  }

  #take(value: unknown): void {
    const usage = value === unreadable ? 'malformed' : this.#dialect.fromBody(value);
    if (usage === 'malformed') this.malformed = true;
    else this.usage = usage && this.#dialect.sumsTotal ? withSummedTotal(usage) : usage;
  }
}

const unreadable = Symbol('unreadable');

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return unreadable;
  }
}
