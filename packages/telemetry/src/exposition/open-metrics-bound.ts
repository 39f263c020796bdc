/** The bound of a bucket as OpenMetrics wants it: a floating-point number, such as `1.0`. */
export function openMetricsBound(bound: number): string {
  const text = String(bound);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
