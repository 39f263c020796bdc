import type { Random } from '@pointsman/core';

/** Fills `order[0..count)` with the first draws of a uniform shuffle of 0..length-1 (Fisher-Yates, stopped early). */
export function drawUniformly(order: Int32Array, length: number, count: number, random: Random): void {
  for (let i = 0; i < length; i++) order[i] = i;
  for (let i = 0; i < count; i++) {
    const j = i + random.below(length - i);
    const drawn = order[j]!;
    order[j] = order[i]!;
    order[i] = drawn;
  }
}
