import { isCompressed, isEventStream } from '@pointsman/inference-api';
import { withCachedTokens } from '../json/cached-tokens.ts';
import type { AnswerEdit, AnswerEditor } from './answer-edit.ts';

const LF = 0x0a;
const CR = 0x0d;
const DATA = Buffer.from('data: ');
const USAGE = Buffer.from('"usage"');
const EMPTY = Buffer.alloc(0);

/** Of an answer or a line that is longer than this, the usage stays as it is. */
const LONGEST_BYTES = 32 * 1024 * 1024;

/** Has answers tell how much of the prompt the prefiller had cached. What has no usage keeps its bytes. */
export function usageEditor(cachedTokens: string): AnswerEditor {
  return (_status, headers) => {
    if (isCompressed(headers['content-encoding'])) return undefined;
    return isEventStream(headers['content-type']) ? new StreamEdit(cachedTokens) : new BodyEdit(cachedTokens);
  };
}

class BodyEdit implements AnswerEdit {
  readonly #cachedTokens: string;
  #chunks: Buffer[] | undefined = [];
  #size = 0;

  constructor(cachedTokens: string) {
    this.#cachedTokens = cachedTokens;
  }

  push(chunk: Buffer): Buffer {
    if (this.#chunks === undefined) return chunk;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    return this.#size > LONGEST_BYTES ? this.#release() : EMPTY;
  }

  end(): Buffer {
    const body = this.#release();
    return body.includes(USAGE) ? (edited(body, this.#cachedTokens) ?? body) : body;
  }

  #release(): Buffer {
    const body = Buffer.concat(this.#chunks ?? [], this.#chunks === undefined ? 0 : this.#size);
    this.#chunks = undefined;
    return body;
  }
}

/** Holds back the last line until it is whole; everything before it goes on at once. */
class StreamEdit implements AnswerEdit {
  readonly #cachedTokens: string;
  #carry: Buffer[] = [];
  #carried = 0;

  constructor(cachedTokens: string) {
    this.#cachedTokens = cachedTokens;
  }

  push(chunk: Buffer): Buffer {
    const lastLf = chunk.lastIndexOf(LF);
    if (lastLf === -1) return this.#keep(chunk);
    const lines = this.#take(chunk.subarray(0, lastLf + 1));
    const rest = this.#keep(chunk.subarray(lastLf + 1));
    const done = lines.includes(USAGE) ? this.#editLines(lines) : lines;
    return rest.length === 0 ? done : Buffer.concat([done, rest]);
  }

  end(): Buffer {
    const line = this.#take(EMPTY);
    return line.includes(USAGE) ? this.#editLines(line) : line;
  }

  #keep(bytes: Buffer): Buffer {
    if (bytes.length === 0) return EMPTY;
    this.#carry.push(bytes);
    this.#carried += bytes.length;
    return this.#carried > LONGEST_BYTES ? this.#take(EMPTY) : EMPTY;
  }

  #take(bytes: Buffer): Buffer {
    if (this.#carried === 0) return bytes;
    const all = Buffer.concat([...this.#carry, bytes]);
    this.#carry = [];
    this.#carried = 0;
    return all;
  }

  #editLines(lines: Buffer): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0; at < lines.length; ) {
      const lf = lines.indexOf(LF, at);
      const next = lf === -1 ? lines.length : lf + 1;
      parts.push(this.#editLine(lines.subarray(at, next)));
      at = next;
    }
    return Buffer.concat(parts);
  }

  #editLine(line: Buffer): Buffer {
    if (!line.includes(USAGE) || line.compare(DATA, 0, DATA.length, 0, DATA.length) !== 0) return line;
    let end = line.length;
    while (end > DATA.length && (line[end - 1] === LF || line[end - 1] === CR)) end--;
    const event = edited(line.subarray(DATA.length, end), this.#cachedTokens);
    return event === undefined ? line : Buffer.concat([DATA, event, line.subarray(end)]);
  }
}

function edited(json: Buffer, cachedTokens: string): Buffer | undefined {
  try {
    JSON.parse(json.toString('utf8'));
  } catch {
    return undefined;
  }
  return withCachedTokens(json, cachedTokens);
}
