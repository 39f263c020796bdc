/** What can be counted: 0 for whatever is negative, infinite or no number. */
export function realCount(value: number): number {
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : 0;
}
