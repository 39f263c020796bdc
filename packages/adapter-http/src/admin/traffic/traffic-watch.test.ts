import { createSchedulerHost, type PoolOptions, systemClock } from '@pointsman/core';
import { maxScorePicker } from '@pointsman/plugin-selection';
import { describe, expect, it } from 'vitest';
import { TrafficWatch } from './traffic-watch.ts';

const pool = (...names: string[]): PoolOptions => ({
  endpoints: names.map((name, i) => ({ name, address: '10.0.0.1', port: 8000 + i })),
  profiles: { default: { picker: maxScorePicker({ maxNumOfEndpoints: 2 }) } },
});

/** Listeners are called when the scheduler is done. */
const told = () => new Promise((resolve) => setImmediate(resolve));

describe('the watch over a scheduler', () => {
  it('follows a request over its retries to its end', async () => {
    await using scheduler = createSchedulerHost({ pools: { a: pool('x', 'y') } });
    const watch = new TrafficWatch(scheduler, systemClock, 10);
    const call = await scheduler.schedule({ model: 'm' });
    const first = call.decision.target.id;
    const second = call.next('refused')!.id;
    call.end({ firstTokenMs: 20, totalMs: 30, usage: { promptTokens: 8, cachedTokens: 2, outputTokens: 1 } });
    await told();
    const { decisions, endpoints } = watch.of('a');
    expect(decisions.list({ limit: 5, slowMs: 0 })).toMatchObject([{ target: second, attempts: 2, status: 'ok' }]);
    const figures = (id: string) => endpoints.get(id)!.figures(systemClock.now());
    expect(figures(first)).toEqual({ placed: 1, failed: 0, hitRate: null, ttftMs: null });
    expect(figures(second)).toEqual({ placed: 1, failed: 0, hitRate: 0.25, ttftMs: 20 });
    watch.stop();
    await scheduler.schedule({ model: 'm' });
    await told();
    expect(decisions.list({ limit: 5, slowMs: 0 })).toHaveLength(1);
  });

  it('forgets endpoints and pools that are gone', async () => {
    await using scheduler = createSchedulerHost({ pools: { a: pool('x'), b: pool('y') } });
    const watch = new TrafficWatch(scheduler, systemClock, 10);
    const call = await scheduler.schedule({ model: 'a' });
    scheduler.pools.get('a')!.setEndpoints([]);
    call.end();
    await told();
    expect([...watch.of('a').endpoints.keys()]).toEqual([]);
    const before = watch.of('b');
    scheduler.reload({ pools: { a: pool('x') } });
    watch.of('c');
    expect(watch.of('b')).not.toBe(before);
  });

  it('keeps little of what clients choose', async () => {
    await using scheduler = createSchedulerHost({ pools: { a: pool() } });
    const watch = new TrafficWatch(scheduler, systemClock, 10);
    const long = 'x'.repeat(1_000_000);
    await expect(scheduler.schedule({ id: long, model: long, path: long })).rejects.toThrow();
    const [entry] = watch.of('a').decisions.list({ limit: 1, slowMs: 0 });
    expect(entry).toMatchObject({ status: 'rejected', httpStatus: 503, failed: true });
    expect(JSON.stringify(entry).length).toBeLessThan(2_000);
  });
});
