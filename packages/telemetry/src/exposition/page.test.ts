import fc from 'fast-check';
import { Counter, Histogram, Registry, type RegistryContentType } from 'prom-client';
import { expect, it } from 'vitest';
import { createTelemetry, type MetricsPage } from '../index.ts';
import { pageFormatFor } from './page-format.ts';

async function textOf({ pieces }: MetricsPage): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

it.each([
  [undefined, 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/plain;version=0.0.4', 'prometheus'],
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;q=0.5',
    'openmetrics',
  ],
  ['application/openmetrics-text;q=0.2,text/plain;q=0.5', 'prometheus'],
  ['application/openmetrics-text;q=0', 'prometheus'],
] as const)('Accept: %s is answered with %s', (accept, format) => {
  expect(pageFormatFor(accept)).toBe(format);
});

it('writes OpenMetrics, and leaves the page in Prometheus text as it was', async () => {
  const { metrics, page, text } = createTelemetry({ processMetrics: false });
  metrics.counter({ name: 'seen_total', help: 'Seen.', labels: ['by'] }).add(2, { by: 'a "b"' });
  metrics.histogram({ name: 'took_seconds', help: 'Took.', buckets: [0.5, 1] }).observe(0.7);
  const before = await text();
  const open = page('application/openmetrics-text');
  const written = await textOf(open);
  expect(open.contentType).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
  for (const line of [
    '# TYPE seen counter',
    'seen_total{by="a \\"b\\""} 2',
    'took_seconds_bucket{le="1.0"} 1',
    'took_seconds_bucket{le="+Inf"} 1',
  ]) {
    expect(written).toContain(`${line}\n`);
  }
  expect(written.endsWith('# EOF\n')).toBe(true);
  expect(await text()).toBe(before);
  expect(before).toContain('# TYPE seen_total counter\n');
});

const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('\\', '\n', '"', 'a', 'n', '\u00e9') }));
const labels = fc.record({ a: text, b: text }, { requiredKeys: [] });
const value = fc.oneof(fc.double({ noNaN: true }), fc.integer());

it("writes what prom-client's own writer does", async () => {
  const observation = fc.record({ labels, value });
  await fc.assert(
    fc.asyncProperty(
      fc.array(observation),
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 6 }),
      fc.record({ c: text, d: text }, { requiredKeys: [] }),
      fc.string(),
      async (observations, buckets, defaults, help) => {
        const telemetry = createTelemetry({ processMetrics: false });
        telemetry.registry.setDefaultLabels(defaults);
        const labelNames = ['a', 'b'];
        const gauge = telemetry.metrics.gauge({ name: 'some', help, labels: labelNames });
        const histogram = telemetry.metrics.histogram({ name: 'some_seconds', help, labels: labelNames, buckets });
        for (const { labels: given, value: number } of observations) {
          gauge.set(number, given);
          if (Number.isFinite(number)) histogram.observe(number, given);
        }
        expect(await telemetry.text()).toBe(await telemetry.registry.metrics());
      },
    ),
  );
});

it('has the labels of the registry and the metrics of the host in both formats', async () => {
  const registry = new Registry();
  registry.setDefaultLabels({ zone: 'z1' });
  const host = new Counter({ name: 'host_seen_total', help: 'Seen.', registers: [registry] });
  host.inc(3);
  new Histogram({ name: 'host_seconds', help: 'Took.', buckets: [1], registers: [registry] }).observe(0.5);
  const telemetry = createTelemetry({ registry, processMetrics: false });
  telemetry.metrics.counter({ name: 'seen_total', help: 'Seen "here".' }).add(2);
  telemetry.metrics.gauge({ name: 'placed', help: 'Placed.', labels: ['zone'] }).set(1, { zone: 'z2' });
  const page = async (accept: string) => (await textOf(telemetry.page(accept))).split('\n');
  expect(await page('text/plain')).toEqual(
    expect.arrayContaining([
      'host_seen_total{zone="z1"} 3',
      'seen_total{zone="z1"} 2',
      '# HELP seen_total Seen "here".',
    ]),
  );
  expect(await page('application/openmetrics-text')).toEqual(
    expect.arrayContaining([
      '# TYPE host_seen counter',
      'host_seen_total{zone="z1"} 3',
      'host_seconds_bucket{le="1.0",zone="z1"} 1',
      'seen_total{zone="z1"} 2',
      '# HELP seen Seen \\"here\\".',
    ]),
  );
});

it('is written right by a registry for OpenMetrics, too', async () => {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const telemetry = createTelemetry({ registry: registry as Registry, processMetrics: false });
  telemetry.metrics.counter({ name: 'seen_total', help: 'Seen.' }).add(2);
  expect(await registry.metrics()).toContain('# TYPE seen counter\nseen_total 2\n');
  expect(await telemetry.text()).toContain('# TYPE seen_total counter\nseen_total 2\n');
});

it('has every bound once, and the last bucket without one', async () => {
  const { metrics, text: page } = createTelemetry({ processMetrics: false });
  const options = { name: 'took_seconds', help: 'Took.', buckets: [2, 1, Number.POSITIVE_INFINITY, 1] };
  metrics.histogram(options).observe(1.5);
  const bounds = (await page()).matchAll(/le="(.*?)"/g);
  expect([...bounds].map(([, bound]) => bound)).toEqual(['1', '2', '+Inf']);
  expect(() => metrics.histogram({ ...options, name: 'other_seconds', buckets: [Number.NaN] })).toThrow(
    'other_seconds',
  );
});

it('lets other work be done while it writes a long page', async () => {
  const telemetry = createTelemetry({ processMetrics: false });
  const buckets = Array.from({ length: 100 }, (_, i) => i);
  const histogram = telemetry.metrics.histogram({ name: 'long_seconds', help: 'Long.', labels: ['user'], buckets });
  for (let i = 0; i < 2000; i++) histogram.observe(i % 100, { user: `user ${i}` });
  let turns = 0;
  let isDone = false;
  const turn = () => {
    turns++;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const whole = await telemetry.text();
  isDone = true;
  expect(turns).toBeGreaterThan(2);
  const pieces: string[] = [];
  for await (const piece of telemetry.page(undefined).pieces) pieces.push(piece);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(80_000);
  expect(pieces.join('')).toBe(whole);
});
