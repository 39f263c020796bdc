import { viewOf } from '../json/json-scanner.ts';
import { renameModel } from './rename-model.ts';

/** What `createResponseModelRewriter` takes. */
export interface ResponseModelRewriterOptions {
  /** The model server's name. A response that names another model keeps it. */
  readonly from: string;
  /** The name that the client knows. */
  readonly to: string;
  /** Whether the response is an event stream (see `isEventStream`); otherwise it is one JSON object. */
  readonly stream: boolean;
  /**
   * Bytes that may be held back until they can be understood: an event that has not come to its end, or all of a JSON
   * object. What is longer goes on as it is. Default 8 MiB; 0 holds nothing back, and changes only events that come whole.
   */
  readonly holdBytes?: number | undefined;
}

/** Changes the model's name in a response that passes by. It never throws: what it does not understand goes on as it is. */
export interface ResponseModelRewriter {
  /** Takes the next bytes, split anywhere. @returns what goes on now; the chunk itself when nothing changes */
  push(chunk: Uint8Array): Uint8Array;
  /** Takes the end. @returns what was held back */
  end(): Uint8Array;
}

const DEFAULT_HOLD_BYTES = 8 * 1024 * 1024;
const EMPTY: Buffer = Buffer.alloc(0);
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const dataField = Buffer.from('data:');

/**
 * A rewriter for one response. It changes the fields `model` at the top, `message.model` (how Anthropic begins a stream)
 * and `response.model` (OpenAI's Responses API), and no others: text that only looks like them stays.
 */
export function createResponseModelRewriter(options: ResponseModelRewriterOptions): ResponseModelRewriter {
  return options.stream ? new EventRewriter(options) : new ObjectRewriter(options);
}

/** Joins what comes and changes it at the end. */
class ObjectRewriter implements ResponseModelRewriter {
  readonly #options: ResponseModelRewriterOptions;
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #isPassing = false;

  constructor(options: ResponseModelRewriterOptions) {
    this.#options = options;
    this.#limit = options.holdBytes ?? DEFAULT_HOLD_BYTES;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#isPassing || chunk.length === 0) return chunk;
    if (this.#size + chunk.length <= this.#limit) {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      return EMPTY;
    }
    this.#isPassing = true;
    return this.#size === 0 ? chunk : Buffer.concat([this.#take(), chunk]);
  }

  end(): Uint8Array {
    const whole = this.#take();
    return whole.length === 0 ? whole : renameModel(whole, this.#options);
  }

  #take(): Buffer {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#size = 0;
    return chunks.length === 1 ? viewOf(chunks[0]!) : Buffer.concat(chunks);
  }
}

/** Changes the JSON in each `data:` line. An unfinished line is held back. */
class EventRewriter implements ResponseModelRewriter {
  readonly #options: ResponseModelRewriterOptions;
  readonly #limit: number;
  #held: Buffer = EMPTY;
  /** The rest of a line whose beginning went on already goes on as well. */
  #isPassing = false;

  constructor(options: ResponseModelRewriterOptions) {
    this.#options = options;
    this.#limit = options.holdBytes ?? DEFAULT_HOLD_BYTES;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    const bytes = this.#held.length === 0 ? viewOf(chunk) : Buffer.concat([this.#held, viewOf(chunk)]);
    this.#held = EMPTY;
    let start = 0;
    if (this.#isPassing) {
      start = endOfLine(bytes, 0);
      if (start === -1) return chunk;
      this.#isPassing = false;
    }
    const end = bytes.length - unfinished(bytes, start);
    const pieces = this.#changed(bytes, start, end);
    const rest = bytes.subarray(end);
    if (rest.length > this.#limit) {
      this.#isPassing = true;
      pieces?.push(rest);
      return pieces === undefined ? whole(bytes, chunk) : Buffer.concat(pieces);
    }
    this.#held = rest.length === 0 ? EMPTY : Buffer.from(rest);
    if (pieces === undefined) return rest.length === 0 ? whole(bytes, chunk) : bytes.subarray(0, end);
    return Buffer.concat(pieces);
  }

  end(): Uint8Array {
    const rest = this.#held;
    this.#held = EMPTY;
    const pieces = this.#changed(rest, 0, rest.length);
    return pieces === undefined ? rest : Buffer.concat(pieces);
  }

  /** @returns the bytes up to `end` in pieces, undefined when none changes */
  #changed(bytes: Buffer, from: number, end: number): Buffer[] | undefined {
    let pieces: Buffer[] | undefined;
    let copied = 0;
    for (let at = from; at < end; ) {
      const next = endOfLine(bytes, at);
      const lineEnd = next === -1 || next > end ? end : next;
      const line = jsonOf(bytes, at, lineEnd);
      if (line !== undefined) {
        const renamed = renameModel(line, this.#options);
        if (renamed !== line) {
          pieces ??= [];
          pieces.push(bytes.subarray(copied, line.byteOffset - bytes.byteOffset), renamed);
          copied = line.byteOffset - bytes.byteOffset + line.length;
        }
      }
      at = lineEnd;
    }
    pieces?.push(bytes.subarray(copied, end));
    return pieces;
  }
}

/** The chunk itself, when the bytes are its bytes. */
function whole(bytes: Buffer, chunk: Uint8Array): Uint8Array {
  return bytes.length === chunk.length ? chunk : bytes;
}

/** Index after the line ending that follows `at`, or -1. Of `\r\n` the first half ends the line, and the second is an empty one. */
function endOfLine(bytes: Buffer, at: number): number {
  const nextLf = bytes.indexOf(lf, at);
  const nextCr = bytes.indexOf(cr, at);
  if (nextLf === -1) return nextCr + 1 || -1;
  return nextCr !== -1 && nextCr < nextLf ? nextCr + 1 : nextLf + 1;
}

/** How many bytes at the end, not before `start`, belong to a line that has not ended. */
function unfinished(bytes: Buffer, start: number): number {
  const last = Math.max(bytes.lastIndexOf(lf), bytes.lastIndexOf(cr)) + 1;
  return bytes.length - Math.max(last, start);
}

/** The JSON of a `data:` line, without its line ending. */
function jsonOf(bytes: Buffer, start: number, end: number): Buffer | undefined {
  if (end - start < dataField.length) return undefined;
  for (let i = 0; i < dataField.length; i++) if (bytes[start + i] !== dataField[i]) return undefined;
  let from = start + dataField.length;
  if (bytes[from] === space) from++;
  let to = end;
  while (to > from && (bytes[to - 1] === lf || bytes[to - 1] === cr)) to--;
  return bytes.subarray(from, to);
}
