import { z } from 'zod';
import { excerpt } from './excerpt.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const WHOLE = /^\+?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** A length of time as configuration writes it, such as `50ms` or `1m30s`; becomes milliseconds. Not negative. */
export const duration = z.string().transform((text, context) => {
  if (!WHOLE.test(text)) {
    const message = `${excerpt(text)} is no duration: write a number with a unit (ms, s, m, h), such as 50ms or 1m30s`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
  let ms = 0;
  for (const [, number, unit] of text.matchAll(PART)) ms += Number(number) * UNIT_MS[unit!]!;
  return ms;
});
