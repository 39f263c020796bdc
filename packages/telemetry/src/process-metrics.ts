import { createHistogram, performance, type RecordableHistogram } from 'node:perf_hooks';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/** How often the event loop is looked at. */
const INTERVAL_MS = 100;

/** As good as never: timers of Node go no further. */
const NEVER_MS = 2 ** 31 - 1;

const READINGS: readonly (readonly [string, (delays: RecordableHistogram) => number])[] = [
  ['min', ({ min }) => min],
  ['max', ({ max }) => max],
  ['mean', ({ mean }) => mean],
  ['stddev', ({ stddev }) => stddev],
  ['p50', (delays) => delays.percentile(50)],
  ['p90', (delays) => delays.percentile(90)],
  ['p99', (delays) => delays.percentile(99)],
];

/**
 * Adds CPU, memory, garbage collection and event loop of this process. How late the event loop is we look ourselves:
 * prom-client wakes the process a hundred times a second for it, which costs more than all else that an idle picker does,
 * and counts the time between two looks as delay.
 */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  const delays = createHistogram();
  let before = performance.now();
  setInterval(() => {
    const now = performance.now();
    // Timers are told in whole milliseconds and may be a little early; a histogram begins at 1 ns.
    delays.record(Math.max(1, Math.round((now - before - INTERVAL_MS) * 1e6)));
    before = now;
  }, INTERVAL_MS).unref();

  // The first gauge reads for all of them: they come after it on the page.
  const collect = () => {
    for (const [i, [, read]] of READINGS.entries()) gauges[i]!.set(delays.count === 0 ? 0 : read(delays) / 1e9);
    delays.reset();
  };
  const gauges = READINGS.map(([what], i) => {
    const name = `nodejs_eventloop_lag_${what}_seconds`;
    registry.removeSingleMetric(name);
    const help = `How late the event loop was since the last scrape, looked at every ${INTERVAL_MS} ms: ${what}.`;
    return new Gauge({ name, help, registers: [registry], ...(i === 0 && { collect }) });
  });
}
