import { defaultParsers } from '@pointsman/inference-api';
import { expect, test } from 'vitest';
import { apiOf } from './read-request.ts';

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
