import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CborFnvHasher } from '../src/hash/cbor-fnv-hasher.ts';
import { promptKeys } from '../src/hash/prompt-keys.ts';
import type { EngineCache } from '../src/index-store/engine-cache.ts';
import { EngineCaches } from '../src/index-store/engine-caches.ts';
import { MatchTally } from '../src/index-store/match-tally.ts';
import { EngineModel } from './engine-model.ts';
import { promptOf } from './token-prompt.ts';

const OURS = 4;
const LIMITS = { maxBytes: 1 << 22, maxBlocks: 1e6 };
const hasher = new CborFnvHasher(OURS, '');
const tally = new MatchTally();

/** Blocks at the beginning of the prompt that the endpoint is known to have. */
function matched(caches: EngineCaches, cache: EngineCache, tokens: readonly number[]): number {
  const keys = promptKeys(promptOf(tokens), 'm', caches.hasher);
  const all = caches.tiers.names.map((_, tier) => tier);
  tally.restart(caches.index.columns);
  caches.index.match(
    keys.words,
    0,
    keys.count,
    all,
    all.map(() => 1),
    tally,
  );
  return tally.blocks[cache.column]!;
}

/** Prompts with beginnings in common: a path in a tree of pieces. */
const prompt = fc
  .array(fc.nat(2), { minLength: 1, maxLength: 7 })
  .map((path) => path.flatMap((branch, depth) => Array.from({ length: 5 }, (_, i) => 100 * depth + 10 * branch + i)));

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('store' as const),
      prompt,
      tier: fc.constantFrom('gpu', 'cpu'),
      again: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('remove' as const), pick: fc.nat(50), tier: fc.constantFrom('gpu', 'cpu') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('look' as const), prompt }) },
);

describe('the cache of an endpoint, by its events', () => {
  it.each([4, 8, 12])('is known exactly when its blocks have %i tokens and ours 4', (blockSize) => {
    fc.assert(
      fc.property(fc.array(fc.record({ of: fc.nat(1), step }), { maxLength: 60, size: 'max' }), (steps) => {
        const caches = new EngineCaches(hasher, LIMITS);
        const both = [0, 1].map(() => ({ cache: caches.add(), model: new EngineModel(blockSize) }));
        for (const { of, step } of steps) {
          const { cache, model } = both[of]!;
          if (step.do === 'look') {
            for (const each of both) {
              // A match that takes turns between tiers counts too.
              const found = matched(caches, each.cache, step.prompt);
              if (found !== each.model.match(step.prompt, OURS))
                expect(found).toBe(each.model.match(step.prompt, OURS));
            }
          } else if (step.do === 'clear') {
            model.clear();
            cache.apply({ kind: 'cleared' }, 'm');
          } else {
            const events =
              step.do === 'store'
                ? model.store(step.prompt, step.tier, step.again)
                : model.remove(step.pick, step.tier);
            for (const event of events) expect(cache.apply(event, 'm')).toBeUndefined();
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each([1, 2, 3, 6])(
    'is never said to have more than it has when its blocks have %i tokens and ours 4',
    (blockSize) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
          const caches = new EngineCaches(hasher, LIMITS);
          const cache = caches.add();
          const model = new EngineModel(blockSize);
          for (const step of steps) {
            if (step.do === 'look') {
              expect(matched(caches, cache, step.prompt)).toBeLessThanOrEqual(model.match(step.prompt, OURS));
            } else if (step.do === 'clear') {
              model.clear();
              cache.apply({ kind: 'cleared' }, 'm');
            } else {
              const events =
                step.do === 'store'
                  ? model.store(step.prompt, step.tier, step.again)
                  : model.remove(step.pick, step.tier);
              for (const event of events) cache.apply(event, 'm');
            }
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  it.each([1, 2, 3, 6])('is known in full while a chat grows, also by %i tokens a block', (blockSize) => {
    const grown = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(grown, (turns) => {
        const caches = new EngineCaches(hasher, LIMITS);
        const cache = caches.add();
        const model = new EngineModel(blockSize);
        let length = 0;
        for (const turn of turns) {
          length += turn;
          const tokens = Array.from({ length }, (_, i) => i + 1);
          for (const event of model.store(tokens, 'gpu', false)) expect(cache.apply(event, 'm')).toBeUndefined();
          expect(matched(caches, cache, tokens)).toBe(model.match(tokens, OURS));
        }
      }),
    );
  });
});
