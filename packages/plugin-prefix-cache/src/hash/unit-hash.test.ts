import { expect, it } from 'vitest';
import { unitHash } from './unit-hash.ts';

it.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('is FNV-1a of %j', (text, hash) => {
  expect(unitHash(text) * 2 ** 32).toBe(hash);
});

it('draws for a request id as llm-d does', () => {
  expect(unitHash('req-1')).toBe(0.8558053413871676);
});

it('is taken over UTF-8', () => {
  expect(unitHash('é')).toBe(unitHashOfBytes([0xc3, 0xa9]));
});

function unitHashOfBytes(bytes: readonly number[]): number {
  return Number(bytes.reduce((hash, byte) => ((hash ^ BigInt(byte)) * 16777619n) % 2n ** 32n, 2166136261n)) / 2 ** 32;
}
