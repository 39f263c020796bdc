import { describe, expect, it } from 'vitest';
import { filtering } from '../../test/sample-plugins.ts';
import { samplePool, specs } from '../../test/sample-pool.ts';
import type { Call } from '../index.ts';

describe('the recent decisions', () => {
  it('are listed newest first, and found by id', async () => {
    const { scheduler, pool } = await samplePool();
    for (let i = 1; i <= 5; i++) await scheduler.schedule({ id: `r${i}` });
    expect(pool.recent().map(({ requestId }) => requestId)).toEqual(['r5', 'r4', 'r3', 'r2', 'r1']);
    expect(pool.recent(2).map(({ id }) => id)).toEqual(['default:5', 'default:4']);
    expect(pool.explain('default:3')?.requestId).toBe('r3');
    expect(pool.explain('default:6')).toBeUndefined();
  });

  it('are as many as configured', async () => {
    const { scheduler, pool } = await samplePool({ recent: { decisions: 3 } });
    const calls: Call[] = [];
    for (let i = 1; i <= 5; i++) calls.push(await scheduler.schedule({ id: `r${i}` }));
    expect(pool.recent().map(({ requestId }) => requestId)).toEqual(['r5', 'r4', 'r3']);
    expect(() => calls[1]!.decision.explain()).toThrow(expect.objectContaining({ code: 'EXPLANATION_EXPIRED' }));
    expect(calls[2]!.decision.explain().requestId).toBe('r3');
  });

  it('are fewer when their columns take too many bytes', async () => {
    const { scheduler, pool } = await samplePool({ endpoints: specs(1000), recent: { decisions: 100, bytes: 50_000 } });
    for (let i = 0; i < 10; i++) await scheduler.schedule({});
    expect(pool.recent()).toHaveLength(2);
  });

  it('hold requests that were turned away in no way', async () => {
    const { scheduler, pool } = await samplePool({ filters: [filtering('nobody', () => 'never')] });
    await expect(scheduler.schedule({})).rejects.toMatchObject({ code: 'ALL_FILTERED' });
    expect(pool.recent()).toEqual([]);
  });
});
