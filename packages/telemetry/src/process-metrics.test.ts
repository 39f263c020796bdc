import { performance } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { collectProcessMetrics } from './process-metrics.ts';

/** More than the event loop is looked at. */
const RESOLUTION_MS = 50;

it('tells how late the event loop was since the last scrape, and nothing else as delay', async () => {
  const registry = new Registry();
  collectProcessMetrics(registry);
  const lag = async () => {
    const page = await registry.metrics();
    const samples = [...page.matchAll(/^nodejs_eventloop_lag_(\w+)_seconds (.*)$/gm)];
    return Object.fromEntries(samples.map(([, what, value]) => [what, Number(value)]));
  };
  await lag();
  const until = performance.now() + 450;
  while (performance.now() < until);
  await after(250);
  const scrapedMs = performance.now();
  const blocked = await lag();
  expect(Object.keys(blocked)).toEqual(['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99']);
  expect(blocked['max']).toBeGreaterThan(0.3);
  expect(blocked['p99']).toBeGreaterThan(0.3);
  expect(blocked['min']).toBeLessThan(blocked['max']!);
  // Nothing of what was before, however slow the machine is now.
  const { max } = await lag();
  expect(max! * 1000).toBeLessThan(performance.now() - scrapedMs + RESOLUTION_MS);
});

it('leaves the other figures of a process to the library', async () => {
  const registry = new Registry();
  collectProcessMetrics(registry);
  const page = await registry.metrics();
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_gc_duration_seconds']) {
    expect(page).toContain(`# TYPE ${name} `);
  }
  expect(page.match(/^# TYPE nodejs_eventloop_lag_p99_seconds /gm)).toHaveLength(1);
});
