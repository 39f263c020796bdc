/** So many pieces are joined into one. */
const JOINED = 256;

/**
 * The pieces of a body while it comes. A client may send it byte by byte, and a piece costs some hundred bytes by itself:
 * small ones are joined, so that what is held is in proportion to what was sent.
 */
export class BodyPieces {
  #joined: Buffer[] = [];
  #recent: Buffer[] = [];
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  add(piece: Buffer): void {
    this.#size += piece.length;
    this.#recent.push(piece);
    if (this.#recent.length < JOINED) return;
    this.#joined.push(Buffer.concat(this.#recent));
    this.#recent = [];
  }

  /** The body; the piece itself when there is one only. */
  join(): Buffer {
    if (this.#joined.length === 0 && this.#recent.length === 1) return this.#recent[0]!;
    return Buffer.concat([...this.#joined, ...this.#recent], this.#size);
  }

  clear(): void {
    this.#joined = [];
    this.#recent = [];
    this.#size = 0;
  }
}
