/** Key `at` of `words` as 16 hexadecimal digits. */
export function keyText(words: Int32Array, at: number): string {
  const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
  return hex(words[2 * at + 1]!) + hex(words[2 * at]!);
}

/** The key that stands for 16 hexadecimal digits. */
export function keyOf(text: string): Int32Array {
  return Int32Array.of(Number.parseInt(text.slice(8), 16) | 0, Number.parseInt(text.slice(0, 8), 16) | 0);
}
