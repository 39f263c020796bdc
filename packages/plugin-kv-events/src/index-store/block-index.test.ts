import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockIndex } from './block-index.ts';
import { MatchTally } from './match-tally.ts';

const WEIGHTS = [1, 0.8, 1];
const ORDER = [0, 2, 1];
const KEYS = 12;

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('add' as const), key: fc.nat(KEYS - 1), of: fc.nat(99), tier: fc.nat(2) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      key: fc.nat(KEYS - 1),
      of: fc.nat(99),
      tier: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('forget' as const), of: fc.nat(99) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const), many: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('look' as const), from: fc.nat(KEYS - 1), to: fc.nat(KEYS) }) },
);

/** Keys that collide often: many have the same home. */
const words = Int32Array.from({ length: 2 * KEYS }, (_, i) => (i % 2 === 0 ? (i % 6) + 1 : i * 65_536));

interface Endpoint {
  column: number;
  readonly has: Map<number, Set<number>>;
}

/** What a match gives, counted one by one. */
function expected({ has }: Endpoint, from: number, to: number): { blocks: number; weighted: number } {
  let blocks = 0;
  let weighted = 0;
  for (let key = from; key < to; key++, blocks++) {
    const tiers = has.get(key);
    if (tiers === undefined || tiers.size === 0) break;
    weighted += Math.max(...[...tiers].map((tier) => WEIGHTS[tier]!));
  }
  return { blocks, weighted };
}

describe('the block index', () => {
  it('knows what a plain model knows, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200, size: 'max' }), (operations) => {
        const index = new BlockIndex({ maxBytes: 1 << 20, maxBlocks: 1e6 });
        const tally = new MatchTally();
        const endpoints: Endpoint[] = [{ column: index.takeColumn(), has: new Map() }];
        for (const step of operations) {
          if (step.do === 'join') {
            for (let i = 0; i < step.many; i++) endpoints.push({ column: index.takeColumn(), has: new Map() });
            continue;
          }
          if (step.do === 'look') {
            tally.restart(index.columns);
            index.match(words, step.from, step.to, ORDER, WEIGHTS, tally);
            const wanted = endpoints.map((endpoint) => expected(endpoint, step.from, step.to));
            expect(endpoints.map(({ column }) => tally.blocks[column])).toEqual(wanted.map(({ blocks }) => blocks));
            const off = endpoints.map(({ column }, i) => Math.abs(tally.weighted[column]! - wanted[i]!.weighted));
            expect(Math.max(...off)).toBeLessThan(1e-9);
            continue;
          }
          const endpoint = endpoints[step.of % endpoints.length]!;
          if (step.do === 'forget') {
            index.giveUpColumn(endpoint.column);
            endpoint.column = index.takeColumn();
            endpoint.has.clear();
            continue;
          }
          const [low, high] = [words[2 * step.key]!, words[2 * step.key + 1]!];
          const tiers = endpoint.has.get(step.key) ?? new Set();
          endpoint.has.set(step.key, tiers);
          if (step.do === 'add') {
            index.add(low, high, endpoint.column, step.tier);
            tiers.add(step.tier);
          } else {
            index.remove(low, high, endpoint.column, step.tier);
            tiers.delete(step.tier);
          }
          if (index.has(low, high, endpoint.column, step.tier) !== tiers.has(step.tier))
            expect.fail(JSON.stringify(step));
        }
        const columns = endpoints.map(({ column }) => column);
        expect(new Set(columns).size).toBe(columns.length);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps within its limits, and never has a block that nobody added', () => {
    const index = new BlockIndex({ maxBytes: 8192, maxBlocks: 200 });
    const column = index.takeColumn();
    for (let i = 1; i <= 5000; i++) {
      index.add(i, -i, column, 0);
      if (!index.has(i, -i, column, 0) || index.blocks > 200 || index.bytes > 8192) expect.fail(`after ${i} blocks`);
    }
    expect(index.evicted).toBe(4800);
    index.limit({ maxBytes: 2048, maxBlocks: 200 });
    expect(index.bytes).toBeLessThanOrEqual(2048);
    for (let i = 0; i < 70; i++) index.takeColumn();
    expect(index.bytes).toBeLessThanOrEqual(2048);
  });

  it('evicts what is not looked up', () => {
    const index = new BlockIndex({ maxBytes: 1 << 20, maxBlocks: 100 });
    const column = index.takeColumn();
    const often = Int32Array.of(1, 1, 2, 2, 3, 3);
    for (let i = 0; i < 3; i++) index.add(often[2 * i]!, often[2 * i + 1]!, column, 0);
    const tally = new MatchTally();
    for (let i = 10; i < 2000; i++) {
      index.add(i, i, column, 0);
      tally.restart(index.columns);
      index.match(often, 0, 3, [0], [1], tally);
    }
    expect(tally.blocks[column]).toBe(3);
  });

  it('uses the places of endpoints that are gone again', () => {
    const index = new BlockIndex({ maxBytes: 1 << 20, maxBlocks: 1e6 });
    for (let i = 0; i < 1000; i++) {
      const column = index.takeColumn();
      index.add(7, 7, column, 0);
      index.add(i + 100, 1, column, 0);
      index.giveUpColumn(column);
    }
    expect(index.columns).toBe(32);
    expect(index.blocks).toBeLessThan(100);
  });
});
