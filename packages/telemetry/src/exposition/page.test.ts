import { expect, it } from 'vitest';
import { createTelemetry } from '../index.ts';
import { pageFormatFor } from './page-format.ts';

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
  const open = await page('application/openmetrics-text');
  expect(open.contentType).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
  for (const line of [
    '# TYPE seen counter',
    'seen_total{by="a \\"b\\""} 2',
    'took_seconds_bucket{le="1.0"} 1',
    'took_seconds_bucket{le="+Inf"} 1',
  ]) {
    expect(open.text).toContain(`${line}\n`);
  }
  expect(open.text.endsWith('# EOF\n')).toBe(true);
  expect(await text()).toBe(before);
  expect(before).toContain('# TYPE seen_total counter\n');
});
