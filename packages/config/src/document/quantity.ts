import { DURATION_TEXT } from '@pointsman/core';
import { z } from 'zod';

const QUANTITY = /^[-+]?(\d+\.?\d*|\.\d+)(([eE][-+]?\d+)|[EPTGMk]i?|Ki|m|u|n)?$/;

/** A duration as Go writes it: `300ms`, `1m30s`. */
export const durationText = z.string().regex(DURATION_TEXT, 'expected a duration such as 300ms or 1m30s');

/** A quantity as Kubernetes writes it, such as `10Gi` or `5k`, not negative. */
export const quantity = z.union([
  z.number().min(0),
  z
    .string()
    .regex(QUANTITY, 'expected a quantity such as 10Gi or 5k')
    .refine((text) => !text.startsWith('-'), 'must not be negative'),
]);

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** The whole number of a {@link quantity}, rounded up; what is beyond the largest one is the largest one. */
export function wholeNumber(value: string | number): number {
  return Math.min(Math.ceil(typeof value === 'number' ? value : numberOf(value)), Number.MAX_SAFE_INTEGER);
}

function numberOf(text: string): number {
  const [, digits = '', suffix = ''] = /^\+?([\d.]+)(.*)$/.exec(text) ?? [];
  if (suffix in BINARY) return Number(digits) * 2 ** BINARY[suffix]!;
  if (suffix in DECIMAL) return Number(`${digits}e${DECIMAL[suffix]!}`);
  return Number(digits + suffix);
}
