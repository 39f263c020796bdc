import type { MultimodalFeature, PromptTokens } from '@pointsman/core';

const encoder = new TextEncoder();
const FIRST_BYTES = 4096;
/** A buffer that one huge prompt made larger than this is not kept for the next one. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** Below this length, a loop is faster than the encoder's call. */
const SHORT_TEXT = 24;

/** Collects the bytes of one prompt after the other; four of them make a token. */
export class PromptBytes {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;
  #features: MultimodalFeature[] = [];

  /** Appends a text as UTF-8. */
  text(text: string): void {
    this.#reserve(text.length * 3);
    if (text.length < SHORT_TEXT && this.#ascii(text)) return;
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** Appends token ids as they are. */
  tokens(ids: readonly number[]): void {
    this.#reserve(ids.length * 4);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      bytes[at++] = id;
      bytes[at++] = id >>> 8;
      bytes[at++] = id >>> 16;
      bytes[at++] = id >>> 24;
    }
    this.#length = at;
  }

  /** Appends `count` placeholder tokens for a picture, film or sound, beginning with a new token. */
  media(modality: string, hash: bigint, count: number): void {
    this.#pad();
    this.#features.push({ modality, hash: hash.toString(16), offset: this.#length / 4, length: count });
    this.#reserve(count * 4);
    const start = this.#length;
    const end = start + count * 4;
    new DataView(this.#bytes.buffer).setUint32(start, Number(hash & 0xffff_ffffn), true);
    // Doubles what is there until it is enough.
    for (let done = 4; done < count * 4; done *= 2) {
      this.#bytes.copyWithin(start + done, start, Math.min(start + done, end - done));
    }
    this.#length = end;
  }

  /** Gives the prompt, zero bytes filling its last token, and begins the next one. */
  take(): PromptTokens {
    this.#pad();
    const packed = this.#bytes.slice(0, this.#length);
    const multimodal = this.#features;
    this.#length = 0;
    this.#features = [];
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(FIRST_BYTES);
    return { packed, count: packed.length / 4, multimodal };
  }

  #ascii(text: string): boolean {
    const bytes = this.#bytes;
    const start = this.#length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      bytes[start + i] = code;
    }
    this.#length = start + text.length;
    return true;
  }

  #pad(): void {
    this.#reserve(4);
    while (this.#length % 4 !== 0) this.#bytes[this.#length++] = 0;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    wider.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wider;
  }
}
