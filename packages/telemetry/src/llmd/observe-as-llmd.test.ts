import { createScheduler, definePlugin, reject } from '@pointsman/core';
import { parseRequest, passthroughParser } from '@pointsman/inference-api';
import { expect, it } from 'vitest';
import { first } from '../../test/first-picker.ts';
import { createTelemetry } from '../index.ts';

const strict = definePlugin({
  type: 'strict',
  create: () => ({
    preCall({ request }) {
      if (request.model === 'forbidden') reject({ status: 403, reason: 'forbidden-model' });
    },
  }),
});

function start() {
  const telemetry = createTelemetry({ processMetrics: false });
  const scheduler = createScheduler({
    endpoints: [{ name: 'a', address: '10.0.0.1', port: 8000 }],
    plugins: [strict()],
    profiles: { default: { picker: first() } },
  });
  return { telemetry, scheduler: telemetry.observeAsLlmd(scheduler) };
}

it('counts requests under the names that dashboards know', async () => {
  const { telemetry, scheduler } = start();
  const of = 'model_name="m",target_model_name="n",fairness_id="team",priority="2"';
  const call = await scheduler.schedule({
    model: 'm',
    targetModel: 'n',
    priority: 2,
    stream: true,
    headers: { 'x-llm-d-inference-fairness-id': 'team' },
    payload: parseRequest({ path: '/v1/unknown', body: Buffer.from('{}'), parsers: [passthroughParser] }),
  });
  expect(await telemetry.text()).toContain(`llm_d_epp_request_running{${of}} 1`);
  call.firstToken();
  call.end({ usage: { promptTokens: 10, cachedTokens: 4, outputTokens: 3 } });
  await expect(scheduler.schedule({ model: 'forbidden' })).rejects.toThrow();
  const page = await telemetry.text();
  for (const line of [
    `llm_d_epp_request_total{${of}} 1`,
    `llm_d_epp_request_running{${of}} 0`,
    `llm_d_epp_request_duration_seconds_count{${of}} 1`,
    `llm_d_epp_request_input_tokens_sum{${of}} 10`,
    `llm_d_epp_request_cached_tokens_sum{${of}} 4`,
    `llm_d_epp_request_output_tokens_sum{${of}} 3`,
    `llm_d_epp_request_ntpot_seconds_count{${of}} 1`,
    `llm_d_epp_request_streaming_tpot_seconds_count{${of}} 1`,
    `llm_d_epp_request_size_bytes_sum{${of}} 2`,
    'llm_d_epp_scheduler_attempts_total{status="success",target_model_name="n",endpoint_name="a",namespace="default",port="8000"} 1',
    'llm_d_epp_scheduler_attempts_total{status="failure",target_model_name="forbidden",endpoint_name="",namespace="",port=""} 1',
    'llm_d_epp_model_rewrite_decisions_total{model_rewrite_name="",model_name="m",target_model="n"} 1',
    'llm_d_epp_ready_endpoints{name="default"} 1',
  ]) {
    expect(page).toContain(line);
  }
  expect(page).toMatch(/llm_d_epp_request_ttft_seconds_count\{.*streaming="true".*\} 1/);
  expect(page).toMatch(/llm_d_epp_request_error_total\{model_name="forbidden",.*error_code="REJECTED"\} 1/);
  await scheduler.close();
});

it.each([
  [{ 'x-llm-d-inference-fairness-id': 'new', 'x-gateway-inference-fairness-id': 'old' }, 'new'],
  [{ 'x-gateway-inference-fairness-id': 'old' }, 'old'],
  [{ 'x-llm-d-inference-fairness-id': '' }, 'default-flow'],
  [{}, 'default-flow'],
])('counts a request with %o as one of the flow %s', async (headers, flow) => {
  const { telemetry, scheduler } = start();
  (await scheduler.schedule({ model: 'm', headers })).end();
  expect(await telemetry.text()).toContain(
    `llm_d_epp_request_total{model_name="m",target_model_name="m",fairness_id="${flow}",priority="0"} 1\n`,
  );
  await scheduler.close();
});

it('counts a refused request once', async () => {
  const { telemetry, scheduler } = start();
  await expect(scheduler.schedule({ model: 'forbidden' })).rejects.toThrow();
  const page = await telemetry.text();
  expect(page).toMatch(/^llm_d_epp_request_total\{model_name="forbidden",.*\} 1$/m);
  expect(page).toMatch(/^llm_d_epp_request_error_total\{model_name="forbidden",.*\} 1$/m);
  expect(page).toMatch(/^llm_d_epp_scheduler_attempts_total\{status="failure",target_model_name="forbidden",.*\} 1$/m);
  await scheduler.close();
});

it('counts failures of model servers', async () => {
  const { telemetry, scheduler } = start();
  for (const outcome of [{ httpStatus: 500 }, { error: new Error('reset') }, { httpStatus: 200 }]) {
    (await scheduler.schedule({ model: 'm' })).end(outcome);
  }
  expect(await telemetry.text()).toMatch(/request_error_total\{model_name="m",.*error_code="ModelServerError"\} 2/);
  await scheduler.close();
});

it('does not let clients make up time series without end', async () => {
  const { telemetry, scheduler } = start();
  for (let i = 0; i < 1100; i++) (await scheduler.schedule({ model: `made-up-${i}` })).end();
  const page = await telemetry.text();
  expect(page).toMatch(/request_total\{model_name="other",target_model_name="other",.*\} \d+/);
  expect(page.match(/^llm_d_epp_request_total\{/gm)!.length).toBeLessThanOrEqual(1001);
  await scheduler.close();
});
