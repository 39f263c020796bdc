import type { Endpoint } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { PoolSaturation } from './pool-saturation.ts';

/** Endpoints by role, with how full each of them is as its port. */
function endpoint(role: string | undefined, percent: number): Endpoint {
  return { labels: role === undefined ? {} : { 'llm-d.ai/role': role }, port: percent } as Endpoint;
}

const mean = (of: readonly Endpoint[]) =>
  of.length === 0 ? 1 : of.reduce((sum, { port }) => sum + port, 0) / of.length / 100;

describe('how full a pool is', () => {
  it.each([
    [
      'without roles',
      [
        [undefined, 20],
        [undefined, 40],
      ],
      { effective: 0.3, prefill: undefined, decode: 0.3 },
    ],
    [
      'as full as the fuller stage',
      [
        ['prefill', 30],
        ['decode', 120],
      ],
      { effective: 1.2, prefill: 0.3, decode: 1.2 },
    ],
    [
      'both roles count in both',
      [
        ['prefill-decode', 50],
        ['prefill', 100],
      ],
      { effective: 0.75, prefill: 0.75, decode: 0.5 },
    ],
    [
      'who only encodes counts for nothing',
      [
        ['encode', 200],
        ['', 50],
      ],
      { effective: 0.5, prefill: undefined, decode: 0.5 },
    ],
    [
      'unless there is nobody else',
      [
        ['encode', 60],
        ['constructor', 80],
      ],
      { effective: 0.7, prefill: undefined, decode: undefined },
    ],
    ['nobody at all', [], { effective: 1, prefill: undefined, decode: undefined }],
  ] as const)('%s', (_, endpoints, expected) => {
    const found = new PoolSaturation(mean).of(endpoints.map(([role, percent]) => endpoint(role, percent)));
    expect(found).toEqual(expected);
  });
});
