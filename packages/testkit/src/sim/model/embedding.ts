const STEPS = 1024;

/**
 * An embedding that depends on the tokens only: each of the first dimensions on the token at its place; when there are more
 * dimensions than tokens, the rest on the tokens again, from the first. Values are -1 to 1 (the reference's formula).
 */
export function embedding(tokens: Uint32Array, dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, i) => {
    if (tokens.length === 0) return 0;
    const token = tokens[i % tokens.length]!;
    const factor = i < tokens.length ? 1 : 4;
    return (((token % STEPS) * factor) % STEPS) / (STEPS / 2) - 1;
  });
}
