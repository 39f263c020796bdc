import type { TokenizedPrompt } from '@pointsman/core';

/** Tokens that are a prompt's own. */
export function tokensOf(name: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (name * 7919 + i * 31) % 128_000);
}

/** Tokens as a request's prompt. */
export function promptOf(tokens: readonly number[], cacheSalt = ''): TokenizedPrompt {
  const packed = new Uint8Array(Uint32Array.from(tokens).buffer);
  return { prompts: [{ packed, count: tokens.length, multimodal: [] }], cacheSalt };
}
