import { ANSWER_HEADER, type Load } from '../load.ts';
import { answerBytes } from './answer.ts';

/** A line of prose, with the line end that prompts have and JSON escapes. */
const LINE = 'The pointsman sets the switch for each train, looks after it, and waits for the next.\n';
const DIGITS = 10;

let requests = 0;

/**
 * The bytes of requests, all the same but for the number with which each prompt begins: prefixes are hashed and looked up,
 * and are never there.
 */
export class RequestSource {
  /** How long the body of each answer must be. */
  readonly answerBytes: number;
  readonly #head: string;
  readonly #tail: Buffer;

  constructor(load: Load) {
    const { promptBytes, tokens, stream, gapMs } = load;
    this.answerBytes = answerBytes(load);
    const prompt = LINE.repeat(Math.ceil(promptBytes / LINE.length)).slice(0, promptBytes - DIGITS);
    const before = `{"model":"m","stream":${stream},"max_tokens":${tokens},"messages":[{"role":"user","content":"`;
    this.#tail = Buffer.from(`${JSON.stringify(prompt).slice(1)}}]}`);
    const bodyBytes = before.length + DIGITS + this.#tail.length;
    const headers = [
      'POST /v1/chat/completions HTTP/1.1',
      'host: pool',
      'content-type: application/json',
      `${ANSWER_HEADER}: ${tokens} ${gapMs} ${stream} ${bodyBytes}`,
      `content-length: ${bodyBytes}`,
    ];
    this.#head = `${headers.join('\r\n')}\r\n\r\n${before}`;
  }

  /** Two parts, of which the long one is always the same. */
  next(): readonly [Buffer, Buffer] {
    const number = String(requests++).padStart(DIGITS, '0');
    return [Buffer.from(this.#head + number, 'latin1'), this.#tail];
  }
}
