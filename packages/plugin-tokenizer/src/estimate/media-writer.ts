import type { InferenceRequest } from '@pointsman/core';
import type { EstimateParams } from '../token-producer-params.ts';
import { audioTokens, base64OfDataUrl, imageTokens, videoTokens } from './media-tokens.ts';
import type { PromptBytes } from './prompt-bytes.ts';

/** XXH64, seed 0, of a text as UTF-8. */
export type TextHash = (text: string) => bigint;

/**
 * Placeholders that one request may have. Further pictures get one token each: headers and sizes come from clients, and
 * a few bytes of theirs could otherwise ask for any amount of memory.
 */
const MAX_PLACEHOLDERS = 1_048_576;

/** Writes pictures, films and sounds of one request as placeholder tokens. */
export class MediaWriter {
  readonly #bytes: PromptBytes;
  readonly #params: EstimateParams;
  readonly #headers: InferenceRequest['headers'];
  readonly #hash: TextHash;
  #left = MAX_PLACEHOLDERS;

  constructor(bytes: PromptBytes, params: EstimateParams, headers: InferenceRequest['headers'], hash: TextHash) {
    this.#bytes = bytes;
    this.#params = params;
    this.#headers = headers;
    this.#hash = hash;
  }

  imageUrl(url: string): void {
    this.#write('image', url, imageTokens(base64OfDataUrl(url), this.#params));
  }

  imageData(base64: string): void {
    this.#write('image', base64, imageTokens(base64, this.#params));
  }

  video(url: string): void {
    this.#write('video', url, videoTokens(this.#headers, this.#params));
  }

  /** @param sound its URL, or its data and format */
  audio(sound: string): void {
    this.#write('audio', sound, audioTokens(sound));
  }

  #write(modality: string, identity: string, tokens: number): void {
    const count = tokens <= this.#left ? tokens : 1;
    this.#left -= count;
    this.#bytes.media(modality, this.#hash(identity), count);
  }
}
