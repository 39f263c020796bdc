import type { BlockHashes } from '../src/hash/block-hashes.ts';

/** Hashes as recordings write them: 16 hexadecimal digits each, one list a prompt. */
export function hashText({ words, ends }: BlockHashes): string[][] {
  const digits = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
  return Array.from(ends, (end, prompt) => {
    const start = prompt === 0 ? 0 : ends[prompt - 1]!;
    return Array.from(
      { length: end - start },
      (_, i) => digits(words[2 * (start + i) + 1]!) + digits(words[2 * (start + i)]!),
    );
  });
}
