import { createSimServer } from '@pointsman/testkit/sim';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CORE, RunningCommand } from './command.ts';
import { TemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const PLUGIN = `import { definePlugin, reject } from ${CORE};
export const strict = definePlugin({
  type: 'strict',
  create: () => ({
    preCall({ request }) {
      if (request.model === 'forbidden') reject({ status: 403, reason: 'forbidden-model' });
    },
  }),
});
`;

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

/** What a client sent and got. */
interface Exchange {
  readonly status: number;
  readonly sentBytes: number;
  readonly gotBytes: number;
  readonly usage: Usage | undefined;
}

/** Asks the gateway for five tokens, as one of a team. */
async function ask(url: string, request: object, headers: Readonly<Record<string, string>> = {}): Promise<Exchange> {
  const body = JSON.stringify({
    ...{ model: 'simulated-model', prompt: 'how are you', max_tokens: 5, ignore_eos: true },
    ...request,
  });
  const answer = await fetch(new URL('/v1/completions', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-llm-d-inference-fairness-id': 'team', ...headers },
    body,
  });
  const text = await answer.text();
  const events = text.startsWith('data: ') ? text.split('\n').filter((line) => line.startsWith('data: {')) : [text];
  const usages = events.map((event) => (JSON.parse(event.replace(/^data: /, '')) as { usage?: Usage | null }).usage);
  return {
    status: answer.status,
    sentBytes: body.length,
    gotBytes: text.length,
    usage: usages.find((usage) => usage != null) ?? undefined,
  };
}

/** Values of the samples of a page, by what stands before them. */
function samplesOf(page: string): ReadonlyMap<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

const sum = (values: readonly (number | undefined)[]) => values.reduce<number>((total, value) => total + value!, 0);

it("a gateway has llm-d's metrics of its requests", async () => {
  const model = await createSimServer({ port: 0 });
  onTestFinished(() => model.close());
  using folder = new TemporaryFolder();
  folder.write('strict.mjs', PLUGIN);
  const file = folder.write(
    'pointsman.yaml',
    `imports: [./strict.mjs]
plugins: [{ type: strict }]
endpoints: [{ name: a, address: 127.0.0.1, port: ${model.port} }]
`,
  );
  const flags = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--json', '--enable-plugin-metrics'];
  await using gateway = await RunningCommand.start(['gateway', '--config', file, ...flags]);
  const { gateway: url, admin } = gateway.announced as { gateway: string; admin: string };

  const stream = { stream: true, stream_options: { include_usage: true } };
  const streamed = [await ask(url, stream), await ask(url, { ...stream, max_tokens: 9 })];
  const whole = await ask(url, {});
  const failed = await ask(url, {}, { 'x-sim-fault': 'error:500' });
  const refused = await ask(url, { model: 'forbidden' });
  expect([...streamed, whole, failed, refused].map(({ status }) => status)).toEqual([200, 200, 200, 500, 403]);

  const page = await (await fetch(new URL('/metrics', admin))).text();
  const samples = samplesOf(page);
  const placed = [...streamed, whole, failed];
  const answered = [...streamed, whole];
  const of = 'model_name="simulated-model",target_model_name="simulated-model",fairness_id="team",priority="0"';
  const ofRefused = of.replaceAll('simulated-model', 'forbidden');
  const attempts = 'llm_d_epp_scheduler_attempts_total';
  const wanted = {
    [`llm_d_epp_request_total{${of}}`]: 4,
    [`llm_d_epp_request_total{${ofRefused}}`]: 1,
    [`llm_d_epp_request_running{${of}}`]: 0,
    [`llm_d_epp_request_error_total{${of},error_code="ModelServerError"}`]: 1,
    [`llm_d_epp_request_error_total{${ofRefused},error_code="REJECTED"}`]: 1,
    [`llm_d_epp_request_duration_seconds_count{${of}}`]: 4,
    [`llm_d_epp_request_duration_seconds_bucket{le="+Inf",${of}}`]: 4,
    [`llm_d_epp_request_size_bytes_sum{${of}}`]: sum(placed.map(({ sentBytes }) => sentBytes)),
    [`llm_d_epp_response_size_bytes_count{${of}}`]: 2,
    [`llm_d_epp_response_size_bytes_sum{${of}}`]: whole.gotBytes + failed.gotBytes,
    [`llm_d_epp_request_ttft_seconds_count{${of},streaming="true"}`]: 2,
    [`llm_d_epp_request_streaming_tpot_seconds_count{${of}}`]: 2,
    [`llm_d_epp_request_ntpot_seconds_count{${of}}`]: 3,
    [`llm_d_epp_request_input_tokens_count{${of}}`]: 3,
    [`llm_d_epp_request_input_tokens_sum{${of}}`]: sum(answered.map(({ usage }) => usage?.prompt_tokens)),
    [`llm_d_epp_request_output_tokens_sum{${of}}`]: sum(answered.map(({ usage }) => usage?.completion_tokens)),
    [`${attempts}{status="success",target_model_name="simulated-model",endpoint_name="a",namespace="default",port="${model.port}"}`]: 4,
    [`${attempts}{status="failure",target_model_name="forbidden",endpoint_name="",namespace="",port=""}`]: 1,
    llm_d_epp_scheduler_e2e_duration_seconds_count: 5,
    [`llm_d_epp_plugin_duration_seconds_count{extension_point="RequestHeader",plugin_type="strict",plugin_name="strict"}`]: 5,
    'llm_d_epp_ready_endpoints{name="default"}': 1,
    // Pointsman's own say the same.
    'pointsman_decisions_total{pool="default",endpoint="default/a"}': 4,
    'pointsman_tokens_total{pool="default",kind="output"}': 5 + 9 + 5,
  };
  expect(Object.fromEntries(Object.keys(wanted).map((sample) => [sample, samples.get(sample)]))).toEqual(wanted);
  const durations = `llm_d_epp_request_duration_seconds_sum{${of}}`;
  const firstTokens = `llm_d_epp_request_ttft_seconds_sum{${of},streaming="true"}`;
  expect(samples.get(firstTokens)).toBeGreaterThan(0);
  expect(samples.get(durations)).toBeGreaterThan(samples.get(firstTokens)!);
  expect(page).toMatch(/^llm_d_epp_info\{commit="",build_ref="\d.*"\} 1$/m);
});
