import { endpointSpeedProducer, expectedLatencyScorer } from '@pointsman/plugin-latency';
import { kvCacheUtilizationScorer, queueScorer } from '@pointsman/plugin-load';
import { maxScorePicker } from '@pointsman/plugin-selection';
import { describe, expect, it } from 'vitest';
import {
  type FleetOptions,
  type FleetRun,
  type Pace,
  roundRobinPicker,
  runFleet,
  type Served,
} from './simulated-fleet.ts';

const FAST: Pace = { prefillMsPerToken: 0.1, decodeMs: 10 };
const SLOW: Pace = { prefillMsPerToken: 0.3, decodeMs: 25 };
const VERY_SLOW: Pace = { prefillMsPerToken: 0.8, decodeMs: 50 };
const speeds = { fast: FAST, slow: SLOW, 'very-slow': VERY_SLOW };

type Policy = Pick<FleetOptions, 'scorers' | 'picker' | 'plugins'>;
const byLatency: Policy = {
  plugins: [endpointSpeedProducer()],
  scorers: [expectedLatencyScorer()],
  picker: maxScorePicker(),
};
const byQueue: Policy = { scorers: [queueScorer(), kvCacheUtilizationScorer()], picker: maxScorePicker() };
const inTurn: Policy = { scorers: [], picker: roundRobinPicker() };

function mean(served: readonly Served[], of: 'ttftMs' | 'totalMs' = 'ttftMs'): number {
  return served.reduce((sum, each) => sum + each[of], 0) / served.length;
}

function p95(served: readonly Served[]): number {
  return served.map(({ ttftMs }) => ttftMs).sort((a, b) => a - b)[Math.floor(0.95 * served.length)]!;
}

function shareOf(served: readonly Served[], endpoint: string): number {
  return served.filter((each) => each.endpoint === endpoint).length / served.length;
}

interface Learned {
  readonly id: string;
  readonly prefillFixedMs: number;
  readonly prefillMsPer1000Tokens: number;
  readonly decodeFixedMs: number;
}

function learned(run: FleetRun, id: string): Learned {
  const shown = run.inspected['endpoint-speed-producer'] as {
    endpoints: readonly Learned[];
  };
  return shown.endpoints.find((endpoint) => endpoint.id === id)!;
}

describe.each([
  [3, 1],
  [6, 2],
  [10, 3],
])('three engines of different speed at %d requests a second (seed %d)', (requestsPerSecond, seed) => {
  const load = { speeds, requests: 600, requestsPerSecond, seed };

  it('give the first token sooner by expected latency than by queue and KV cache, or in turn', async () => {
    const latency = await runFleet({ ...load, ...byLatency });
    const queue = await runFleet({ ...load, ...byQueue });
    const turn = await runFleet({ ...load, ...inTurn });
    expect([latency.faults, queue.faults, turn.faults]).toEqual([[], [], []]);
    expect(mean(latency.served)).toBeLessThan(0.7 * mean(queue.served));
    expect(p95(latency.served)).toBeLessThan(0.7 * p95(queue.served));
    expect(mean(latency.served, 'totalMs')).toBeLessThan(0.85 * mean(queue.served, 'totalMs'));
    expect(mean(latency.served)).toBeLessThan(0.3 * mean(turn.served));
    expect(p95(latency.served)).toBeLessThan(0.3 * p95(turn.served));
  });

  it('are known as they are, and as well when nothing is scraped', async () => {
    for (const isScraped of [true, false]) {
      const run = await runFleet({ ...load, ...byLatency, isScraped });
      // Under load the engines are up to 1.5 times slower, and that is what is learned.
      for (const [id, pace] of Object.entries(speeds)) {
        const { prefillFixedMs, prefillMsPer1000Tokens, decodeFixedMs } = learned(run, id);
        const prefill = (prefillFixedMs + prefillMsPer1000Tokens) / (15 + 1000 * pace.prefillMsPerToken);
        expect(prefill).toBeGreaterThan(0.75);
        expect(prefill).toBeLessThan(1.7);
        expect(decodeFixedMs / pace.decodeMs).toBeGreaterThan(0.75);
        expect(decodeFixedMs / pace.decodeMs).toBeLessThan(1.25);
      }
      expect(run.notes.join()).toMatch(/best \S+: first token in [\d.]+ ms, then [\d.]+ ms each; next /);
    }
  });
});

it('the same arrivals and seed give the same run', async () => {
  const load = { speeds, requests: 300, requestsPerSecond: 6, seed: 5, ...byLatency };
  expect(await runFleet(load)).toEqual(await runFleet(load));
});

describe('engines that come back with another speed', () => {
  const CHANGE = 400;
  const load = { speeds: { a: FAST, b: SLOW, c: VERY_SLOW }, requests: 1200, requestsPerSecond: 5 };
  const changes = { [CHANGE]: { a: VERY_SLOW, c: FAST } };

  it.each([1, 2, 3])('are found out within 200 requests (seed %d)', async (seed) => {
    const { served, faults } = await runFleet({ ...load, ...byLatency, seed, changes });
    const before = served.slice(200, CHANGE);
    const after = served.slice(CHANGE + 200, CHANGE + 400);
    const late = served.slice(-200);
    expect(shareOf(before, 'a')).toBeGreaterThan(0.8);
    expect(shareOf(before, 'c')).toBeLessThan(0.1);
    for (const part of [after, late]) {
      expect(shareOf(part, 'c')).toBeGreaterThan(0.6);
      expect(shareOf(part, 'a')).toBeLessThan(0.1);
      expect(mean(part)).toBeLessThan(2 * mean(before));
    }
    expect(faults).toEqual([]);
  });

  it('cost less than with scorers that know no speed', async () => {
    const latency = await runFleet({ ...load, ...byLatency, seed: 4, changes });
    const queue = await runFleet({ ...load, ...byQueue, seed: 4, changes });
    expect(mean(latency.served.slice(CHANGE))).toBeLessThan(0.8 * mean(queue.served.slice(CHANGE)));
  });
});
