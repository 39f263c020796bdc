import { z } from 'zod';

const UNITS: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;

/** A time: milliseconds as a number, or a Go duration such as `100ms`, `750us`, `1.5s`, `1m30s`. Gives milliseconds. */
export const duration = z.union([z.number().nonnegative(), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const text = value.trim();
  if (text === '0') return 0;
  if (!WHOLE.test(text)) {
    context.addIssue({ code: 'custom', message: `"${value}" is not a duration; write 100ms, 750us, 1.5s or 1m30s` });
    return z.NEVER;
  }
  let ms = 0;
  for (const [, count, unit] of text.matchAll(PART)) ms += Number(count) * UNITS[unit!]!;
  // Not more digits than a nanosecond: 750us is 0.75, not 0.7500000000000001.
  return Math.round(ms * 1e6) / 1e6;
});

/** Milliseconds as a Go duration: `50ms`, `1.5s`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms >= 1000) return `${ms / 1000}s`;
  return ms >= 1 ? `${ms}ms` : `${Math.round(ms * 1e6) / 1000}us`;
}
