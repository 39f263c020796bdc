import { defaultParsers } from '@pointsman/inference-api';
import { expect, test } from 'vitest';
import { apiOf, originForm, pathOf } from './read-request.ts';

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

test.each([
  ['/v1/chat/completions', 'openai.chat'],
  ['/proxy/v1/messages', 'anthropic.messages'],
  ['/v1/files', 'raw'],
])('%s is %s', (path, api) => {
  expect(apiOf(path, defaultParsers)).toBe(api);
});

test('without a catch-all some paths are nobody’s', () => {
  expect(apiOf('/v1/files', defaultParsers.slice(0, 1))).toBeUndefined();
});
