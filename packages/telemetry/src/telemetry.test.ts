import { createScheduler, definePlugin, reject } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { first } from '../test/first-picker.ts';
import { createTelemetry } from './index.ts';

const strict = definePlugin({
  type: 'strict',
  create: ({ metrics }) => {
    const seen = metrics.counter({ name: 'strict_seen_total', help: 'Requests seen.', labels: ['model'] });
    return {
      preCall({ request }) {
        seen.add(1, { model: request.model });
        if (request.model === 'forbidden') reject({ status: 403, reason: 'forbidden-model' });
      },
    };
  },
});

describe('telemetry', () => {
  it('counts what a scheduler does, and what plugins count', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    await using scheduler = createScheduler({
      endpoints: [{ name: 'a', address: '10.0.0.1', port: 8000 }],
      plugins: [strict()],
      profiles: { default: { picker: first() } },
      metrics: telemetry.metrics,
    });
    telemetry.observe(scheduler);
    const call = await scheduler.schedule({ model: 'm' });
    const whileOpen = await telemetry.text();
    expect(whileOpen).toContain('pointsman_open_calls{pool="default",endpoint="default/a"} 1');
    call.firstToken();
    call.end({ usage: { promptTokens: 10, cachedTokens: 4, outputTokens: 3 } });
    await expect(scheduler.schedule({ model: 'forbidden' })).rejects.toMatchObject({ httpStatus: 403 });
    const page = await telemetry.text();
    expect(page).toContain('pointsman_decisions_total{pool="default",endpoint="default/a"} 1');
    expect(page).toContain('pointsman_requests_total{pool="default",status="ok"} 1');
    expect(page).toContain('pointsman_rejections_total{pool="default",code="REJECTED",reason="forbidden-model"} 1');
    expect(page).toContain('pointsman_tokens_total{pool="default",kind="cached"} 4');
    expect(page).toContain('pointsman_time_to_first_token_seconds_count{pool="default"} 1');
    expect(page).toContain('pointsman_open_calls{pool="default",endpoint="default/a"} 0');
    expect(page).toContain('strict_seen_total{model="forbidden"} 1');
  });

  it('gives the same metric to two pools', () => {
    const { metrics } = createTelemetry({ processMetrics: false });
    const options = { name: 'shared_total', help: 'Shared.' };
    metrics.counter(options).add(1);
    expect(() => metrics.counter(options).add(1)).not.toThrow();
  });
});
