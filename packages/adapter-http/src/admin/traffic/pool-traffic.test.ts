import { describe, expect, it } from 'vitest';
import { PoolTraffic } from './pool-traffic.ts';

const ended = { isFailed: false, promptTokens: 100, cachedTokens: 75, outputTokens: 40, firstTokenMs: 50 };

describe('the traffic of a pool', () => {
  it('is told span by span', () => {
    const traffic = new PoolTraffic();
    for (let i = 0; i < 6; i++) traffic.placed(10_000);
    traffic.rejected(10_500);
    traffic.ended(11_000, ended);
    traffic.ended(11_500, { ...ended, isFailed: true, cachedTokens: undefined, firstTokenMs: undefined });
    const [span, now] = traffic.points(12_000, 2);
    expect(span).toMatchObject({
      at: 10_000,
      requestsPerSecond: 3.5,
      failedPerSecond: 1,
      outputTokensPerSecond: 40,
      promptTokens: 100,
      cachedTokens: 75,
      hitRate: 0.75,
    });
    expect(span!.ttftP50Ms).toBeGreaterThan(42);
    expect(span!.ttftP50Ms).toBeLessThan(60);
    expect(now).toMatchObject({ at: 12_000, requestsPerSecond: 0, hitRate: null, ttftP95Ms: null });
  });

  it('forgets what is older than five minutes', () => {
    const traffic = new PoolTraffic();
    traffic.placed(10_000);
    traffic.ended(10_000, ended);
    expect(traffic.points(10_000 + 298_000)[0]).toMatchObject({ at: 10_000, hitRate: 0.75 });
    const later = traffic.points(10_000 + 300_000);
    expect(later).toHaveLength(150);
    expect(later.every((point) => point.requestsPerSecond === 0 && point.ttftP50Ms === null)).toBe(true);
  });

  it('counts rates of the present span over the time that has passed', () => {
    const traffic = new PoolTraffic();
    traffic.placed(10_100);
    traffic.placed(10_900);
    expect(traffic.points(11_000, 1)[0]!.requestsPerSecond).toBe(2);
  });
});
