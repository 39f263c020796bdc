import { afterEach, describe, expect, it } from 'vitest';
import { createSimServer, type SimOptions, type SimServer } from '../../src/sim/index.ts';

const servers: SimServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: SimOptions = {}) {
  const server = await createSimServer({ port: 0, model: 'm', mode: 'echo', ...options });
  servers.push(server);
  return async (path: string) => {
    const response = await fetch(`${server.url}${path}`, { redirect: 'manual' });
    return { status: response.status, text: await response.text() };
  };
}

const RUNNING = [
  '# HELP vllm:num_requests_running Requests that run.',
  '# TYPE vllm:num_requests_running gauge',
  'vllm:num_requests_running{model_name="m"} 0',
  '',
].join('\n');

describe('metrics by name', () => {
  it('are given below the path of the page, and not at it', async () => {
    const get = await start();
    const query = '?name%5B%5D=vllm:num_requests_running';
    expect(await get(`/metrics/${query}`)).toEqual({ status: 200, text: RUNNING });
    const whole = await get('/metrics');
    expect(whole.text).toContain('vllm:kv_cache_usage_perc');
    expect(await get(`/metrics${query}`)).toEqual(whole);
    expect(await get('/metrics/')).toEqual(whole);
  });

  it('are several, and those that do not exist are left out', async () => {
    const get = await start();
    const { text } = await get(
      '/metrics/?name[]=unheard_of&name[]=vllm:num_requests_running&name[]=vllm:lora_requests_info',
    );
    expect(text.match(/^\w.*$/gm)).toEqual([
      expect.stringMatching(/^vllm:lora_requests_info\{/),
      'vllm:num_requests_running{model_name="m"} 0',
    ]);
    expect(await get('/metrics/?name[]=unheard_of')).toEqual({ status: 200, text: '' });
  });

  it('are samples: a histogram has several names', async () => {
    const get = await start();
    await get('/health');
    const server = servers[0]!;
    await fetch(`${server.url}/v1/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', prompt: 'one two three' }),
    }).then((response) => response.text());
    const name = 'vllm:request_prompt_tokens';
    expect((await get(`/metrics/?name[]=${name}`)).text).toBe('');
    const { text } = await get(`/metrics/?name[]=${name}_count`);
    expect(text.trimEnd().split('\n')).toEqual([
      expect.stringMatching(`^# HELP ${name} `),
      `# TYPE ${name} histogram`,
      `${name}_count{model_name="m"} 1`,
    ]);
  });

  it('are switched off by an option', async () => {
    const get = await start({ metricsByName: false });
    expect((await get('/metrics/?name[]=vllm:num_requests_running')).status).toBe(404);
    expect((await get('/metrics')).text).toContain(RUNNING);
  });

  it('come from the page that the faults leave', async () => {
    const get = await start({ fault: ['garbage-metrics'] });
    expect((await get('/metrics/')).text).toBe((await get('/metrics')).text);
    expect((await get('/metrics/?name[]=vllm:kv_cache_usage_perc')).text).toBe('');
  });
});
