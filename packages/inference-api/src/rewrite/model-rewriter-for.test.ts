import { expect, it } from 'vitest';
import { modelRewriterFor } from './model-rewriter-for.ts';

const NAMES = { from: 'target', to: 'm' };
const whole = (headers: Parameters<typeof modelRewriterFor>[0], body: string) => {
  const rewriter = modelRewriterFor(headers, NAMES);
  if (rewriter === undefined) return undefined;
  return Buffer.concat([rewriter.push(Buffer.from(body)), rewriter.end()]).toString();
};

it.each([
  [{ 'content-type': 'application/json' }, '{"model":"target"}', '{"model":"m"}'],
  [{ 'content-type': 'application/problem+json; charset=utf-8' }, '{"model":"target"}', '{"model":"m"}'],
  [
    { 'content-type': 'text/event-stream', 'content-encoding': 'identity' },
    'data: {"model":"target"}\n\n',
    'data: {"model":"m"}\n\n',
  ],
  [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }, '{"model":"target"}', undefined],
  [{ 'content-type': 'text/plain' }, '{"model":"target"}', undefined],
  [{}, '{"model":"target"}', undefined],
])('turns the name back where it can be found: %j', (headers, body, expected) => {
  expect(whole(headers, body)).toBe(expected);
});
