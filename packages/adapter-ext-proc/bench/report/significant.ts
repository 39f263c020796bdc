/** Three digits, or all before the point; nothing for what does not exist. */
export function significant(value: number): string {
  if (Number.isNaN(value)) return '';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
