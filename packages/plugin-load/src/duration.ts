import { DURATION_TEXT, millisecondsOf } from '@pointsman/core';
import { z } from 'zod';
import { excerpt } from './excerpt.ts';

/** A length of time as configuration writes it, such as `50ms` or `1m30s`; becomes milliseconds. Not negative. */
export const duration = z.string().transform((text, context) => {
  if (DURATION_TEXT.test(text) && !text.startsWith('-')) return millisecondsOf(text);
  const message = `${excerpt(text)} is no duration: write a number with a unit (ms, s, m, h), such as 50ms or 1m30s`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});
