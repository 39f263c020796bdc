import { defineFilter, type Endpoint, kvCacheUsage, waitingQueueSize } from '@pointsman/core';
import { z } from 'zod';
import { duration } from './duration.ts';
import { saturation, utilization } from './saturation.ts';

/** An endpoint where nothing happens is scraped once a second: younger metrics than this say nothing against it. */
const MIN_STALENESS_MS = 2000;

/**
 * Drops endpoints whose queue or KV cache has reached its limit, limit x (1 + headroom), and those whose metrics are old or
 * missing. When nobody would be left, all are kept.
 *
 * How full a pool is, its saturation, is the mean over its endpoints of the larger of queue and KV-cache use, each over its
 * limit, without headroom. An endpoint of which that is not known counts as full, and so does a pool without endpoints.
 */
export const utilizationDetector = defineFilter({
  type: 'utilization-detector',
  description: 'Drops endpoints that are full by their metrics, or whose metrics are old, unless all are.',
  params: z.strictObject({
    /** Waiting requests at which an endpoint is full. */
    queueDepthThreshold: z.int().positive().default(5),
    /** Share of the KV cache in use at which an endpoint is full, up to 1. */
    kvCacheUtilThreshold: z.number().positive().max(1).default(0.8),
    /** Age from which metrics say nothing any more. Less than 2 s means 2 s. */
    metricsStalenessThreshold: duration
      .refine((ms) => ms > 0, { message: 'must be greater than 0' })
      .transform((ms) => Math.max(ms, MIN_STALENESS_MS))
      .prefault('2s'),
    /** By how much more the filter lets endpoints take, as a share of the limits. Saturation does not know of it. */
    headroom: z.number().min(0).default(0),
  }),
  reads: [waitingQueueSize, kvCacheUsage],
  create: ({ params, name, read, clock, endpoints, metrics }) => {
    const waiting = read(waitingQueueSize);
    const usage = read(kvCacheUsage);
    const { metricsStalenessThreshold, queueDepthThreshold, kvCacheUtilThreshold, headroom } = params;
    const queueLimit = queueDepthThreshold * (1 + headroom);
    const usageLimit = kvCacheUtilThreshold * (1 + headroom);
    const reasons = {
      old: `no metrics for ${metricsStalenessThreshold} ms`,
      queue: `waiting requests at their limit of ${rounded(queueLimit)}`,
      usage: `KV-cache use at its limit of ${rounded(usageLimit)}`,
    };

    /** Either of the two may be missing on a metrics page. */
    function isOld(row: number, now: number): boolean {
      const isYoung = (writtenAt: number) => now - writtenAt <= metricsStalenessThreshold;
      return !isYoung(waiting.writtenAt[row]!) && !isYoung(usage.writtenAt[row]!);
    }

    function reasonAgainst(row: number, now: number): string | undefined {
      if (isOld(row, now)) return reasons.old;
      // What is no number is not below the limit.
      if (!(waiting.values[row]! < queueLimit)) return reasons.queue;
      return usage.values[row]! < usageLimit ? undefined : reasons.usage;
    }

    const stale = metrics.gauge({
      name: 'llm_d_epp_flow_control_stale_endpoints',
      help: 'Endpoints whose metrics are old or missing.',
      labels: ['detector'],
    });
    let shownStale = -1;

    function showStale(count: number): void {
      if (count === shownStale) return;
      shownStale = count;
      stale.set(count, { detector: name });
    }

    function saturationOf(of: readonly Endpoint[]): number {
      const now = clock.now();
      let old = 0;
      const fullnessOf = (row: number): number => {
        const fullness = utilization(waiting.values[row]!, usage.values[row]!, params);
        const isUnknown = isOld(row, now);
        if (isUnknown) old++;
        return isUnknown || Number.isNaN(fullness) ? 1 : fullness;
      };
      const mean = saturation(of, fullnessOf, 1);
      showStale(old);
      return mean;
    }

    return {
      filterAll(candidates, cycle, drops) {
        const { rows, length } = candidates;
        let left = 0;
        for (let i = 0; i < length; i++) if (reasonAgainst(rows[i]!, cycle.now) === undefined) left++;
        if (left === 0) {
          if (length > 0) cycle.note('every endpoint is full, or its metrics are old; all are kept');
          return;
        }
        if (left === length) return;
        for (let i = 0; i < length; i++) {
          const reason = reasonAgainst(rows[i]!, cycle.now);
          if (reason !== undefined) drops.drop(i, reason);
        }
      },
      saturation: saturationOf,
      inspect: () => ({ saturation: saturationOf(endpoints.list()) }),
    };
  },
});

function rounded(limit: number): number {
  return Number(limit.toPrecision(6));
}
