/** A part of a prompt that is not text: an image, a video, a sound. */
export interface MultimodalFeature {
  readonly modality: string;
  /** Identifies the content; equal content has an equal hash. */
  readonly hash: string;
  /** Position of its first placeholder token. */
  readonly offset: number;
  /** Number of placeholder tokens. */
  readonly length: number;
}

/** One prompt as tokens. */
export interface PromptTokens {
  /** Token ids as little-endian unsigned 32-bit integers, 4 bytes each: what block hashes are taken over. */
  readonly packed: Uint8Array;
  /** Number of tokens, `packed.length / 4`. */
  readonly count: number;
  readonly multimodal: readonly MultimodalFeature[];
}

/** The prompt or prompts of a request (a completion request may carry several). */
export interface TokenizedPrompt {
  readonly prompts: readonly PromptTokens[];
  /** The client's cache salt: equal prompts with different salts share no cached blocks. */
  readonly cacheSalt: string;
}
