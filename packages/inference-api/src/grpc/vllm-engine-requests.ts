import type { MultimodalFeature } from '../request/multimodal-features.ts';
import { ProtobufFields } from './protobuf-fields.ts';

/** Numbers of the fields that are read, from the definition of the service `vllm.grpc.engine.VllmEngine`. */
const GENERATE = { tokenized: 2, text: 3, sampling: 4, stream: 5, multimodal: 7 } as const;
const EMBED = { tokenized: 2 } as const;
const TOKENIZED = { inputIds: 2 } as const;
const SAMPLING = { maxTokens: 8 } as const;
const MULTIMODAL = { placeholders: 5, hashes: 6 } as const;
const PLACEHOLDER = { offset: 1, length: 2 } as const;

/** What the client asks vLLM's engine to continue, as far as it matters for placing it. */
export interface GenerateMessage {
  /** A text, or token ids: the one that was written last; none of the two when neither was. */
  readonly text: string | undefined;
  readonly tokenIds: readonly number[] | undefined;
  readonly features: readonly MultimodalFeature[];
  readonly maxTokens: number | undefined;
  readonly stream: boolean;
}

/** @throws RangeError that says what is wrong with the bytes */
export function readGenerateMessage(message: Uint8Array): GenerateMessage {
  let text: string | undefined;
  let tokenIds: number[] | undefined;
  let maxTokens: number | undefined;
  let stream = false;
  const media = new MediaFields();

  const fields = new ProtobufFields(message);
  while (fields.next()) {
    switch (fields.number) {
      case GENERATE.tokenized:
        text = undefined;
        tokenIds ??= [];
        appendInputIds(fields.bytes(), tokenIds);
        break;
      case GENERATE.text:
        text = fields.text();
        tokenIds = undefined;
        break;
      case GENERATE.sampling:
        maxTokens = maxTokensOf(fields.bytes()) ?? maxTokens;
        break;
      case GENERATE.stream:
        stream = fields.bool();
        break;
      case GENERATE.multimodal:
        media.read(fields.bytes());
        break;
    }
  }
  return { text, tokenIds, features: media.features(), maxTokens, stream };
}

/**
 * The token ids that a client wants embedded; undefined when there is no prompt.
 * @throws RangeError that says what is wrong with the bytes
 */
export function readEmbedMessage(message: Uint8Array): readonly number[] | undefined {
  let tokenIds: number[] | undefined;
  const fields = new ProtobufFields(message);
  while (fields.next()) {
    if (fields.number !== EMBED.tokenized) continue;
    tokenIds ??= [];
    appendInputIds(fields.bytes(), tokenIds);
  }
  return tokenIds;
}

function appendInputIds(tokenized: Uint8Array, tokenIds: number[]): void {
  const fields = new ProtobufFields(tokenized);
  while (fields.next()) {
    if (fields.number === TOKENIZED.inputIds) fields.uint32s(tokenIds);
  }
}

function maxTokensOf(sampling: Uint8Array): number | undefined {
  let maxTokens: number | undefined;
  const fields = new ProtobufFields(sampling);
  while (fields.next()) {
    if (fields.number === SAMPLING.maxTokens) maxTokens = fields.uint32();
  }
  return maxTokens;
}

/** Where pictures stand among the token ids, and what they are: two lists that are paired by position. */
class MediaFields {
  readonly #hashes: string[] = [];
  readonly #placeholders: { offset: number; length: number }[] = [];

  read(multimodal: Uint8Array): void {
    const fields = new ProtobufFields(multimodal);
    while (fields.next()) {
      if (fields.number === MULTIMODAL.hashes) this.#hashes.push(fields.text());
      else if (fields.number === MULTIMODAL.placeholders) this.#placeholders.push(placeholder(fields.bytes()));
    }
  }

  /** What has no partner is left out. */
  features(): readonly MultimodalFeature[] {
    const paired = this.#placeholders.slice(0, this.#hashes.length);
    return paired.map((place, i) => ({ modality: 'image', hash: this.#hashes[i]!, ...place }));
  }
}

function placeholder(range: Uint8Array): { offset: number; length: number } {
  let offset = 0;
  let length = 0;
  const fields = new ProtobufFields(range);
  while (fields.next()) {
    if (fields.number === PLACEHOLDER.offset) offset = fields.uint32();
    else if (fields.number === PLACEHOLDER.length) length = fields.uint32();
  }
  return { offset, length };
}
