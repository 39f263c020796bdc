import type { SetupName } from '../rig/setup.ts';
import { median, type Quantiles } from './quantiles.ts';
import type { Slice } from './slice.ts';

/**
 * What one setup took in one case: medians over the rounds. Ratios and differences are those within a round. NaN (null in JSON)
 * where there is nothing to tell or to compare with.
 */
export interface SetupResult {
  readonly requestsPerSecond: number;
  readonly requestsPerSecondRatioToNone: number;
  /** CPU per request, in milliseconds. */
  readonly pickerCpuMs: number;
  readonly pickerCpuRatioToFixed: number;
  readonly envoyCpuMs: number;
  readonly envoyCpuRatioToNone: number;
  /** Of clients and model servers. */
  readonly restCpuMs: number;
  readonly durationMs: Quantiles;
  readonly durationMsOverNone: Quantiles;
  readonly ttftMs: Quantiles;
  readonly ttftMsOverNone: Quantiles;
  readonly pickerResidentMb: number;
  readonly pickerPeakResidentMb: number;
  readonly metricsPagesPerSecond: number;
  /** Used by something else at that time. */
  readonly otherCores: number;
  readonly requests: number;
  readonly failed: number;
  readonly failure?: string;
}

export type CaseResult = Partial<Record<SetupName, SetupResult>>;

/** @param rounds what each setup took in each round @param peakBytes of the picker over all rounds */
export function setupResult(
  name: SetupName,
  rounds: readonly ReadonlyMap<SetupName, Slice>[],
  peakBytes: number,
): SetupResult {
  const own = rounds.map((round) => round.get(name)!);
  const of = (value: (slice: Slice) => number) => median(own.map(value));
  const against = (other: SetupName, compare: (own: Slice, other: Slice) => number) =>
    median(
      rounds.map((round) => {
        const slice = round.get(other);
        return slice === undefined || name === other ? Number.NaN : compare(round.get(name)!, slice);
      }),
    );
  const quantiles = (value: (quantile: keyof Quantiles) => number): Quantiles => ({
    p50: value('p50'),
    p95: value('p95'),
    p99: value('p99'),
  });
  const failure = own.map(({ traffic }) => traffic.failure).find((text) => text !== undefined);
  return {
    requestsPerSecond: of(({ traffic }) => traffic.requestsPerSecond),
    requestsPerSecondRatioToNone: against('none', (a, b) => a.traffic.requestsPerSecond / b.traffic.requestsPerSecond),
    pickerCpuMs: of(({ cpu }) => cpu.picker),
    pickerCpuRatioToFixed: against('fixed', (a, b) => a.cpu.picker / b.cpu.picker),
    envoyCpuMs: of(({ cpu }) => cpu.envoy),
    envoyCpuRatioToNone: against('none', (a, b) => a.cpu.envoy / b.cpu.envoy),
    restCpuMs: of(({ cpu }) => cpu.rest),
    durationMs: quantiles((q) => of(({ traffic }) => traffic.durationMs[q])),
    durationMsOverNone: quantiles((q) => against('none', (a, b) => a.traffic.durationMs[q] - b.traffic.durationMs[q])),
    ttftMs: quantiles((q) => of(({ traffic }) => traffic.ttftMs[q])),
    ttftMsOverNone: quantiles((q) => against('none', (a, b) => a.traffic.ttftMs[q] - b.traffic.ttftMs[q])),
    pickerResidentMb: of(({ pickerResidentBytes }) => pickerResidentBytes) / 1e6,
    pickerPeakResidentMb: peakBytes / 1e6,
    metricsPagesPerSecond: of(({ pagesPerSecond }) => pagesPerSecond),
    otherCores: of(({ otherCores }) => otherCores),
    requests: own.reduce((sum, { traffic }) => sum + traffic.requests, 0),
    failed: own.reduce((sum, { traffic }) => sum + traffic.failed, 0),
    ...(failure !== undefined && { failure }),
  };
}
