import type { IncomingHttpHeaders } from 'node:http';
import { isEventStream } from '@pointsman/inference-api';
import { elementsOf, JsonObjectText } from '../json/json-object.ts';

/** What an engine answers that would have had to compute too much of the prompt. */
const DECLINED = 'cache_threshold';
/** A refusal comes with the first events. */
const EVENTS = 2;
/** A refusal has no text, so what is longer is none. */
const LONGEST_BYTES = 1024 * 1024;

/** Whether an answer is one: `more` has to be seen, it is, or the engine declined. */
export type Verdict = 'more' | 'answer' | 'declined';

/** Holds an answer back until it is clear that the engine did not decline. */
export class ThresholdGate {
  readonly #isStream: boolean;
  readonly #isError: boolean;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(status: number, headers: IncomingHttpHeaders) {
    this.#isStream = isEventStream(headers['content-type']);
    this.#isError = status >= 300;
  }

  push(chunk: Buffer): Verdict {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#isError || this.#size > LONGEST_BYTES) return 'answer';
    if (!this.#isStream) return 'more';
    const text = this.#text();
    if (text.split('\n').some((line) => line.startsWith('data:') && isDeclined(line.slice(5)))) return 'declined';
    return (text.match(/\r?\n\r?\n/g)?.length ?? 0) >= EVENTS ? 'answer' : 'more';
  }

  end(): 'answer' | 'declined' {
    return !this.#isError && !this.#isStream && isDeclined(this.#text()) ? 'declined' : 'answer';
  }

  /** What was held back; it is handed over once. */
  release(): Buffer {
    const held = Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [];
    this.#size = 0;
    return held;
  }

  #text(): string {
    return Buffer.concat(this.#chunks, this.#size).toString('utf8');
  }
}

function isDeclined(json: string): boolean {
  if (!json.includes(DECLINED)) return false;
  try {
    const answer = JsonObjectText.parse(Buffer.from(json));
    const [first] = elementsOf(answer?.text('choices'));
    return first !== undefined && JsonObjectText.of(first)?.string('finish_reason') === DECLINED;
  } catch {
    return false;
  }
}
