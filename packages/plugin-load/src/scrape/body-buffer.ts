import { AnswerBody } from './answer-body.ts';

/** So much memory, at most, is taken for what is only announced, or held on to for the next body. */
const MAX_SPARE_BYTES = 1024 * 1024;

const NONE = Buffer.alloc(0);

/** Collects bodies, one after the other, in the same memory as far as nobody keeps it. */
export class BodyBuffer {
  #length = 0;
  #bytes = NONE;
  /** The body before, which may still be read. */
  #taken: AnswerBody | undefined;

  /** Bytes of the body so far. */
  get length(): number {
    return this.#length;
  }

  /** Makes room for what will come. */
  expect(bytes: number): void {
    this.#begin();
    const length = this.#length + Math.min(bytes, MAX_SPARE_BYTES);
    if (length > this.#bytes.length) this.#grow(length);
  }

  append(bytes: Buffer, from: number, to: number): void {
    this.#begin();
    const length = this.#length + to - from;
    if (length > this.#bytes.length) this.#grow(length);
    bytes.copy(this.#bytes, this.#length, from, to);
    this.#length = length;
  }

  /** The body; the next one begins. */
  take(): AnswerBody {
    this.#begin();
    const taken = new AnswerBody(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    if (this.#bytes.length > MAX_SPARE_BYTES) this.#bytes = NONE;
    else this.#taken = taken;
    return taken;
  }

  #begin(): void {
    if (this.#taken === undefined) return;
    if (!this.#taken.end()) this.#bytes = NONE;
    this.#taken = undefined;
  }

  #grow(length: number): void {
    // Not from Node's pool: parts of that would be held for as long as a connection lives.
    const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
