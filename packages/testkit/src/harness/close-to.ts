/**
 * True when two recorded results are the same: exactly, but for numbers with a fraction, which may differ by 1e-9
 * (absolute, or relative above 1). Texts that stand for NaN and infinities equal these.
 */
export function closeTo(actual: unknown, expected: unknown): boolean {
  if (typeof actual === 'number') {
    const wanted = typeof expected === 'string' ? Number(expected) : expected;
    if (typeof wanted !== 'number') return false;
    if (Number.isNaN(actual) || Number.isNaN(wanted)) return Number.isNaN(actual) && Number.isNaN(wanted);
    return actual === wanted || Math.abs(actual - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted));
  }
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) {
    return actual === expected;
  }
  const keys = Object.keys(actual);
  return (
    Array.isArray(actual) === Array.isArray(expected) &&
    keys.length === Object.keys(expected).length &&
    keys.every((key) => key in expected && closeTo(actual[key as never], expected[key as never]))
  );
}
