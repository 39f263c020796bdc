import { describe, expect, it } from 'vitest';
import { SamplePool, type Sent } from './sample-pool.ts';

/** Requests of a priority below 0 take long and fill the pool; others come all the time, and are short. */
const CAPACITY = 20;
const BATCH_MS = 8000;
const BATCH_EVERY_MS = 20;
const URGENT_MS = 430;
const URGENT_EVERY_MS = 270;
const LASTS_MS = 10_000;

interface Course {
  /** Milliseconds from the arrival of an urgent request to its place, sorted. */
  readonly waits: readonly number[];
  readonly urgent: number;
  readonly evicted: number;
  /** Batch requests that got places. */
  readonly batch: number;
  readonly mostRunning: number;
}

/**
 * @param graceMs undefined for no eviction
 * @param scrapeMs how often the detector looks; undefined for one that always knows
 */
async function simulate(graceMs: number | undefined, scrapeMs?: number): Promise<Course> {
  let seen = 0;
  await using pool = new SamplePool({
    capacity: CAPACITY,
    params: {
      requestTtlMs: 0,
      defaultBand: { maxRequests: 100_000 },
      ...(graceMs !== undefined && { eviction: { graceMs } }),
    },
    ...(scrapeMs !== undefined && { saturation: () => seen }),
  });
  const { clock } = pool;
  const begin = clock.now();
  /** Does it now and again until the end, told after how many milliseconds. */
  const every = (ms: number, fn: (at: number) => void) => {
    const at = clock.now() - begin;
    if (at >= LASTS_MS) return;
    fn(at);
    clock.schedule(ms, () => every(ms, fn));
  };
  if (scrapeMs !== undefined) {
    every(scrapeMs, () => {
      seen = pool.running / CAPACITY;
    });
  }
  const cameAt = new Map<string, number>();
  const waits: number[] = [];
  pool.scheduler.on('decision', (_, { id }) => {
    const came = cameAt.get(id);
    if (came !== undefined) waits.push(clock.now() - came);
    clock.schedule(came === undefined ? BATCH_MS : URGENT_MS, () => {
      const sent = pool.sent.find((other) => other.id === id)!;
      if (sent.state === 'running') pool.end(sent);
    });
  });
  every(BATCH_EVERY_MS, (at) => void pool.send({ id: `batch ${at}`, priority: -1 }));
  every(URGENT_EVERY_MS, (at) => {
    const id = `urgent ${at}`;
    cameAt.set(id, clock.now());
    pool.send({ id, priority: 1 });
  });
  await clock.advance(LASTS_MS);
  const evicted = pool.sent.filter(({ state }) => state === 'evicted');
  expect(evicted.every(({ id }) => id.startsWith('batch'))).toBe(true);
  const isPlaced = ({ id, state }: Sent) => id.startsWith('batch') && state !== 'waiting';
  return {
    waits: waits.toSorted((a, b) => a - b),
    urgent: cameAt.size,
    evicted: evicted.length,
    batch: pool.sent.filter(isPlaced).length,
    mostRunning: pool.mostRunning,
  };
}

/** As many as the share of them wait no longer than so long, in milliseconds. */
const quantile = ({ waits }: Course, share: number) => waits[Math.ceil(share * waits.length) - 1]!;

describe('what eviction brings', () => {
  it('is a place at once for who is urgent, for one batch request each at most', async () => {
    const [without, evicting] = [await simulate(undefined), await simulate(10)];
    expect(quantile(without, 0.5)).toBeGreaterThan(1000);
    expect(without.evicted).toBe(0);
    expect(quantile(evicting, 1)).toBe(0);
    expect(evicting.evicted).toBeLessThanOrEqual(evicting.urgent);
    expect([without.mostRunning, evicting.mostRunning]).toEqual([CAPACITY, CAPACITY]);
  });

  it('depends on the grace where the detector scrapes: too short a one gives up many for nothing', async () => {
    const scrapeMs = 50;
    const [without, usual, fit, hasty] = [
      await simulate(undefined, scrapeMs),
      await simulate(2300, scrapeMs),
      await simulate(scrapeMs + 10, scrapeMs),
      await simulate(scrapeMs / 5, scrapeMs),
    ];
    expect(quantile(usual, 0.9)).toBeLessThan(quantile(without, 0.9) / 2);
    expect(usual.evicted).toBeLessThanOrEqual(2 * Math.ceil(LASTS_MS / 2300));
    expect(quantile(fit, 1)).toBeLessThanOrEqual(2 * scrapeMs);
    expect(fit.evicted).toBeLessThanOrEqual(fit.urgent);
    expect(hasty.evicted).toBeGreaterThan(2 * hasty.urgent);
    for (const { mostRunning } of [without, usual, fit, hasty]) expect(mostRunning).toBeLessThanOrEqual(CAPACITY);
  });
});
