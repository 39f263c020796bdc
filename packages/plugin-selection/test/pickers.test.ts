import { createScheduler, defineScorer, endpointNumber, type PluginUse, type PoolOptions } from '@pointsman/core';
import { readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { maxScorePicker, randomPicker, weightedRandomPicker } from '../src/index.ts';

interface PickerCase {
  readonly id: string;
  readonly plugin: string;
  readonly params?: { readonly maxNumOfEndpoints?: number };
  readonly draws: number;
  readonly scored: readonly { readonly id: string; readonly score: number }[];
  readonly expected: {
    readonly pickedCount: number;
    readonly firstFrequency?: Readonly<Record<string, number>>;
    readonly includedFrequency?: Readonly<Record<string, number>>;
    readonly allowedResults?: readonly (readonly string[])[];
  };
}

/** The same in every run: standard deviation of a share 0.005, a quarter of what is allowed. */
const DRAWS = 10_000;
const factories = {
  'max-score-picker': maxScorePicker,
  'random-picker': randomPicker,
  'weighted-random-picker': weightedRandomPicker,
};
const total = endpointNumber('test/total', { fallback: 0 });

/** Lets totals of any size through: one scorer for the part in 0..1 would clamp them. */
function poolOf(cases: PickerCase, picker: PluginUse): PoolOptions {
  const scale = Math.max(1, ...cases.scored.map(({ score }) => Math.abs(Number(score))));
  const part = (type: string, sign: 1 | -1) =>
    defineScorer({
      type,
      reads: [total],
      writes: sign === 1 ? [total] : [],
      create: () => ({
        score: (endpoint) => Math.max(0, (sign * endpoint.get(total)) / scale),
      }),
    });
  return {
    endpoints: cases.scored.map(({ id }, i) => ({
      id,
      address: '10.0.0.1',
      port: 8000 + i,
    })),
    profiles: {
      default: {
        scorers: [
          [part('positive', 1)(), scale],
          [part('negative', -1)(), -scale],
        ],
        picker,
      },
    },
  };
}

describe('pickers behave as recorded', () => {
  for (const recorded of readGolden<PickerCase>('pickers.jsonl', new URL('./golden/', import.meta.url))) {
    it(`${recorded.plugin} ${recorded.id}`, async () => {
      const factory = factories[recorded.plugin as keyof typeof factories];
      const picker = factory(recorded.params);
      const scheduler = createScheduler(poolOf(recorded, picker));
      const pool = scheduler.pools.get('default')!;
      for (const { id, score } of recorded.scored) pool.setData(id, total, Number(score));
      if (recorded.scored.length === 0) {
        await expect(scheduler.schedule({})).rejects.toMatchObject({
          code: 'NO_ENDPOINTS',
        });
        expect(recorded.expected.pickedCount).toBe(0);
        return;
      }
      const first = new Map<string, number>();
      const included = new Map<string, number>();
      const draws = recorded.draws === 1 ? 1 : DRAWS;
      const allowed = recorded.expected.allowedResults?.map((ids) => ids.join());
      for (let i = 0; i < draws; i++) {
        const call = await scheduler.schedule({});
        const picked = call.decision.results[0]!.picked.map((endpoint) => endpoint.id);
        call.end();
        if (picked.length !== recorded.expected.pickedCount) expect(picked).toHaveLength(recorded.expected.pickedCount);
        if (allowed !== undefined && !allowed.includes(picked.join())) expect(allowed).toContain(picked.join());
        first.set(picked[0]!, (first.get(picked[0]!) ?? 0) + 1);
        for (const id of picked) included.set(id, (included.get(id) ?? 0) + 1);
      }
      compareShares(first, recorded.expected.firstFrequency, draws);
      compareShares(included, recorded.expected.includedFrequency, draws);
      await scheduler.close();
    });
  }
});

function compareShares(
  counts: ReadonlyMap<string, number>,
  expected: Readonly<Record<string, number>> | undefined,
  draws: number,
): void {
  if (expected === undefined) return;
  for (const id of counts.keys()) expect(Object.keys(expected)).toContain(id);
  for (const [id, share] of Object.entries(expected)) {
    expect(Math.abs((counts.get(id) ?? 0) / draws - share)).toBeLessThanOrEqual(0.02);
  }
}
