import { expect, it } from 'vitest';
import { LabelValues } from './label-values.ts';

it('names of clients beyond the limit count as others, those before it never', () => {
  const models = new LabelValues(2);
  expect(['a', 'b', 'c', 'a', 'b', 'd'].map((name) => models.of(name))).toEqual(['a', 'b', 'other', 'a', 'b', 'other']);
});

it('a name of unusual length is nobody', () => {
  const models = new LabelValues(2);
  expect(models.of('a'.repeat(257))).toBe('other');
  expect(models.of('a'.repeat(256))).toBe('a'.repeat(256));
});
