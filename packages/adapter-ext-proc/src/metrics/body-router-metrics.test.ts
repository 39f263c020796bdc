import { createTelemetry } from '@pointsman/telemetry';
import { expect, it } from 'vitest';
import { createBodyRouter } from '../bbr/body-router.ts';
import type { ProxiedRequest } from '../stream/processor.ts';
import { BODY_MODE } from '../wire/messages.ts';

const request = (body: string): ProxiedRequest => ({
  headers: { 'content-type': 'application/json' },
  hasHeaders: true,
  body: Buffer.from(body),
  extent: 'whole',
  metadata: {},
  responseBodyMode: BODY_MODE.NONE,
});

it('counts what is found in bodies', async () => {
  const { metrics, text } = createTelemetry({ processMetrics: false });
  const router = createBodyRouter({ metrics });
  const signal = () => new AbortController().signal;
  for (const body of ['{"model":"m"}', '{}', '{"prompt":"x"}', '{"model":""}', '{"model":null}', 'no JSON']) {
    await router.process(request(body), signal);
  }
  const page = await text();
  for (const line of [
    'bbr_success_total 5',
    'bbr_body_field_not_found_total{field="model"} 2',
    'bbr_body_field_empty_total{field="model"} 2',
  ]) {
    expect(page).toContain(`${line}\n`);
  }
});
