import type { ByteBudget } from '../memory/byte-budget.ts';

const EMPTY = new Uint8Array(0);
/** A part that is less than one of so many of its buffer is small. */
const SHARE = 4;

/** Joins the parts of a body up to a limit, out of a budget that all bodies share. */
export class BodyBuffer {
  readonly #limit: number;
  readonly #budget: ByteBudget;
  #parts: Uint8Array[] = [];
  #size = 0;

  /** @param limit bytes */
  constructor(limit: number, budget: ByteBudget) {
    this.#limit = limit;
    this.#budget = budget;
  }

  /** @returns why the part was not kept: this body is too long, or all bodies together are; nothing is kept then */
  add(part: Uint8Array): 'kept' | 'too-long' | 'no-room' {
    if (part.length === 0) return 'kept';
    if (this.#size + part.length > this.#limit) {
      this.release();
      return 'too-long';
    }
    if (!this.#budget.take(part.length)) {
      this.release();
      return 'no-room';
    }
    this.#size += part.length;
    this.#parts.push(ownBytes(part));
    return 'kept';
  }

  /** The whole body. It counts against the budget until `release`. A body of one part is not copied. */
  take(): Uint8Array {
    const parts = this.#parts;
    this.#parts = [];
    if (parts.length === 0) return EMPTY;
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, this.#size);
  }

  /** The body is needed no more. */
  release(): void {
    this.#parts = [];
    this.#budget.give(this.#size);
    this.#size = 0;
  }
}

/** A small part of what was received at once would hold all of it: then it is copied. */
function ownBytes(part: Uint8Array): Uint8Array {
  return part.length * SHARE < part.buffer.byteLength ? Buffer.from(part) : part;
}
