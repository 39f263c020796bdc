const EMPTY = new Uint8Array(0);

/** Joins the parts of a body up to a limit. */
export class BodyBuffer {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #size = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns false when the body is longer than the limit; nothing of it is kept then */
  add(part: Uint8Array): boolean {
    if (part.length === 0) return true;
    this.#size += part.length;
    if (this.#size > this.#limit) {
      this.#parts = [];
      return false;
    }
    this.#parts.push(part);
    return true;
  }

  /** The whole body; the buffer is empty afterwards. A body of one part is not copied. */
  take(): Uint8Array {
    const parts = this.#parts;
    this.#parts = [];
    if (parts.length === 0) return EMPTY;
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, this.#size);
  }
}
