import { expect, test } from 'vitest';
import { originForm, pathOf } from './request-target.ts';

test.each([
  ['/v1/models?limit=5', '/v1/models?limit=5'],
  ['http://host/v1/models?limit=5', '/v1/models?limit=5'],
  ['https://user:pw@host:8443', '/'],
  ['', '/'],
  [undefined, '/'],
  ['*', '*'],
  ['//host/path', '//host/path'],
])('%j in origin form is %j', (url, expected) => {
  expect(originForm(url)).toBe(expected);
});

test('a path ends before the query', () => {
  expect(pathOf('/a?b?c')).toBe('/a');
  expect(pathOf('/a')).toBe('/a');
});
