import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  cacheBlockSize,
  cacheNumBlocks,
  createScheduler,
  defineExtractor,
  endpointNumber,
  kvCacheUsage,
  maxActiveModels,
  type PluginUse,
  type Pool,
  type PoolOptions,
  type SchedulerHost,
  waitingQueueSize,
} from '@pointsman/core';
import { VirtualClock } from '@pointsman/testkit/harness';
import { createSimServer } from '@pointsman/testkit/sim';
import { afterEach, describe, expect, it } from 'vitest';
import {
  coreMetricsExtractor,
  MetricsPage,
  metricsDataSource,
  modelsDataExtractor,
  modelsDataSource,
  servedModels,
} from '../src/index.ts';
import { firstPicker } from './scrape-once.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const tlsFile = (name: string) => fileURLToPath(new URL(`./tls/${name}`, import.meta.url));

async function serve(answer: (path: string) => string, https = false) {
  let requests = 0;
  const onRequest: Parameters<typeof createServer>[1] = (request, response) => {
    requests++;
    response.end(answer(request.url ?? ''));
  };
  const server = https
    ? createHttpsServer({ key: readFileSync(tlsFile('key.pem')), cert: readFileSync(tlsFile('cert.pem')) }, onRequest)
    : createServer(onRequest);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, requests: () => requests };
}

async function schedulerOver(
  port: number,
  sources: NonNullable<PoolOptions['sources']>,
  plugins: readonly PluginUse[] = [],
): Promise<{ readonly scheduler: SchedulerHost; readonly clock: VirtualClock; readonly pool: Pool }> {
  const clock = new VirtualClock();
  const scheduler = createScheduler({
    clock,
    endpoints: [{ id: 'a/b', address: '127.0.0.1', port }],
    sources,
    plugins,
    profiles: { default: { picker: firstPicker() } },
  });
  open.push(() => scheduler.close());
  await scheduler.start();
  return { scheduler, clock, pool: scheduler.pools.get('default')! };
}

const page = (waiting: number) =>
  `# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting ${waiting}\n# TYPE own gauge\nown ${waiting * 2}\n`;

const ownKey = endpointNumber('test/own');
const ownExtractor = (counts: { extracts: number }) =>
  defineExtractor({
    type: 'own-extractor',
    writes: [ownKey],
    create: ({ write }) => {
      const own = write(ownKey);
      return {
        extract(payload, endpoint) {
          counts.extracts++;
          const sample = MetricsPage.of(payload).newest({ name: 'own', labels: [] });
          if (sample !== undefined) own.set(endpoint, sample.value);
          return false;
        },
      };
    },
  });

describe('metrics-data-source', () => {
  it('gives one scrape to all of its extractors', async () => {
    const { port, requests } = await serve(() => page(3));
    const counts = { extracts: 0 };
    const { clock, pool } = await schedulerOver(port, [
      { fetcher: metricsDataSource(), extractors: [coreMetricsExtractor(), ownExtractor(counts)()] },
    ]);
    await clock.advanceUntil(() => counts.extracts > 2);
    expect(requests()).toBeLessThanOrEqual(counts.extracts + 1);
    expect(pool.dataOf(pool.endpoints()[0]!)).toMatchObject({ [waitingQueueSize.id]: 3, [ownKey.id]: 6 });
  });

  it('keeps what it knew when a page is garbage, says so, and recovers', async () => {
    let answer = page(3);
    const { port } = await serve(() => answer);
    const { scheduler, clock, pool } = await schedulerOver(port, [
      { fetcher: metricsDataSource(), extractors: [coreMetricsExtractor()] },
    ]);
    const waiting = () => pool.dataOf(pool.endpoints()[0]!)[waitingQueueSize.id];
    await clock.advanceUntil(() => waiting() === 3);

    let failure: unknown;
    scheduler.once('poll:failed', ({ error }) => {
      failure = error;
    });
    answer = '<html>busy</html>\n';
    await clock.advanceUntil(() => failure !== undefined);
    expect(String(failure)).toContain('begins with no metric name');
    expect(waiting()).toBe(3);
    expect(pool.health()[0]!.failures).toBeGreaterThan(0);

    let isRecovered = false;
    scheduler.once('poll:recovered', () => {
      isRecovered = true;
    });
    answer = page(5);
    await clock.advanceUntil(() => isRecovered && waiting() === 5);
    expect(pool.faultCounts()).toEqual({});
  });

  it('gives no page of another scrape to an extractor that kept one', async () => {
    let waiting = 0;
    const { port } = await serve(() => page(waiting++));
    const kept: MetricsPage[] = [];
    const late: unknown[] = [];
    const keeping = defineExtractor({
      type: 'keeping-extractor',
      create: () => ({
        extract(payload) {
          const before = kept.at(-1);
          if (before !== undefined) {
            try {
              late.push(before.has('own'));
            } catch (error) {
              late.push(String(error));
            }
          }
          kept.push(MetricsPage.of(payload));
          return true;
        },
      }),
    });
    const { clock } = await schedulerOver(port, [{ fetcher: metricsDataSource(), extractors: [keeping()] }]);
    await clock.advanceUntil(() => late.length > 1);
    expect(new Set(late)).toEqual(new Set(['ScrapeError: what was scraped must be read before the next scrape']));
  });

  it('reads the metrics of another engine when the label of an endpoint changes', async () => {
    const both = `${page(3)}# TYPE sglang:num_queue_reqs gauge\nsglang:num_queue_reqs 8\n# TYPE sglang:cache_config_info gauge\nsglang:cache_config_info{page_size="32",num_pages="100"} 1\n`;
    const { port } = await serve(() => both);
    const { clock, pool } = await schedulerOver(port, [
      { fetcher: metricsDataSource(), extractors: [coreMetricsExtractor()] },
    ]);
    const data = () => pool.dataOf(pool.endpoints()[0]!);
    const { id, address } = pool.endpoints()[0]!;
    const waiting = (count: number) => clock.advanceUntil(() => data()[waitingQueueSize.id] === count);
    await waiting(3);
    pool.setEndpoints([{ id, address, port, labels: { 'llm-d.ai/engine-type': 'sglang' } }]);
    await waiting(8);
    expect(data()).toMatchObject({ [cacheBlockSize.id]: 32 });
    pool.setEndpoints([{ id, address, port, labels: { 'llm-d.ai/engine-type': 'unheard-of' } }]);
    await waiting(3);
    expect(pool.faultCounts()).toEqual({});
  });

  it('asks for what its extractors read, whatever plugin they are of', async () => {
    const urls = new Set<string>();
    const both = `${page(3)}${page(1)
      .replaceAll(/^(.*?)(\w+ \d)$/gm, '$1other_$2')
      .repeat(40)}`;
    const { port } = await serve((url) => {
      urls.add(url);
      return url === '/metrics' ? both : page(4);
    });
    const { clock, pool } = await schedulerOver(port, [
      { fetcher: metricsDataSource(), extractors: [coreMetricsExtractor(), ownExtractor({ extracts: 0 })()] },
    ]);
    const data = () => pool.dataOf(pool.endpoints()[0]!);
    await clock.advanceUntil(() => data()[waitingQueueSize.id] === 4);
    expect(data()).toMatchObject({ [ownKey.id]: 8 });
    expect([...urls].map((url) => new URL(url, 'http://localhost').searchParams.getAll('name[]'))).toEqual([
      [],
      [
        ...['waiting', 'running'].map((state) => `vllm:num_requests_${state}`),
        'vllm:kv_cache_usage_perc',
        'vllm:lora_requests_info',
        'vllm:cache_config_info',
        'own',
      ],
    ]);
    expect(pool.inspect()['metrics-data-source']).toMatchObject({ scraped: { 'a/b': 'by name' } });
    expect(pool.faultCounts()).toEqual({});
  });

  it.each([
    [{ selectByName: false }, '/metrics'],
    [{ path: '/metrics?name[]=own' }, '/metrics?name[]=own'],
    [{ path: '/metrics?x=1&name%5B%5D=own' }, '/metrics?x=1&name%5B%5D=own'],
  ])('never asks by name with %j', async (params, url) => {
    const urls: string[] = [];
    const { port } = await serve((asked) => {
      urls.push(asked);
      return page(3);
    });
    const fetcher = metricsDataSource(params);
    const { clock } = await schedulerOver(port, [{ fetcher, extractors: [coreMetricsExtractor()] }]);
    await clock.advanceUntil(() => urls.length > 3);
    expect(new Set(urls)).toEqual(new Set([url]));
  });

  it.each([true, false])(
    'reads the same from a simulated server that gives single metrics: %s',
    async (metricsByName) => {
      const server = await createSimServer({ port: 0, metricsByName, blockSize: 32, kvCacheSize: 100, maxLoras: 3 });
      open.push(() => server.close());
      // Its page is short until something was counted.
      const body = JSON.stringify({ model: 'simulated-model', prompt: 'one two three', max_tokens: 3 });
      await (await fetch(`${server.url}/v1/completions`, { method: 'POST', body })).text();
      const { clock, pool } = await schedulerOver(server.port, [
        { fetcher: metricsDataSource(), extractors: [coreMetricsExtractor()] },
      ]);
      const shown = () => pool.inspect() as Record<string, { scraped: Record<string, string> }>;
      const way = metricsByName ? 'by name' : 'whole';
      const data = () => pool.dataOf(pool.endpoints()[0]!);
      await clock.advanceUntil(() => shown()['metrics-data-source']!.scraped['a/b'] === way);
      await clock.advanceUntil(() => data()[waitingQueueSize.id] !== undefined);
      expect(data()).toMatchObject({
        [waitingQueueSize.id]: 0,
        [kvCacheUsage.id]: 0,
        [cacheBlockSize.id]: 32,
        [cacheNumBlocks.id]: 100,
        [maxActiveModels.id]: 3,
      });
      expect(pool.faultCounts()).toEqual({});
    },
  );

  it('is not mistaken for a source of something else', async () => {
    const { port } = await serve(() => '{"data":[]}');
    const { scheduler, clock } = await schedulerOver(port, [
      { fetcher: modelsDataSource(), extractors: [coreMetricsExtractor()] },
    ]);
    let fault: unknown;
    scheduler.once('fault', ({ error }) => {
      fault = error;
    });
    await clock.advanceUntil(() => fault !== undefined);
    expect(String(fault)).toContain('attach it to a source of metrics');
  });
});

describe('over TLS', () => {
  const known = (params: Parameters<typeof metricsDataSource>[0]) => async () => {
    const { port } = await serve(() => page(4), true);
    const fetcher = metricsDataSource({ scheme: 'https', ...params });
    const { clock, pool } = await schedulerOver(port, [{ fetcher, extractors: [coreMetricsExtractor()] }]);
    const ended = () => pool.health().find(({ failures, lastSuccessAt }) => failures > 0 || lastSuccessAt !== null);
    await clock.advanceUntil(() => ended() !== undefined);
    return ended()!.lastError ?? pool.dataOf(pool.endpoints()[0]!)[waitingQueueSize.id];
  };

  it('trusts any certificate unless told otherwise', async () => {
    expect(await known({})()).toBe(4);
    expect(await known({ insecureSkipVerify: false })()).toMatch(/self.signed/);
  });

  it('trusts the authority that it is given', async () => {
    expect(await known({ insecureSkipVerify: false, caCertPath: tlsFile('cert.pem') })()).toBe(4);
  });

  it('presents a certificate of its own', async () => {
    const paths = { clientCertPath: tlsFile('cert.pem'), clientKeyPath: tlsFile('key.pem') };
    expect(await known(paths)()).toBe(4);
  });

  it.each([
    [{ caCertPath: '/nowhere/ca.pem' }, 'caCertPath cannot be read: /nowhere/ca.pem'],
    [{ clientCertPath: tlsFile('cert.pem') }, 'belong together'],
    [{ clientCertPath: tlsFile('cert.pem'), clientKeyPath: '/nowhere' }, 'clientKeyPath cannot be read'],
  ])('refuses %j', async (params, message) => {
    const fetcher = metricsDataSource({ scheme: 'https', ...params });
    const create = () =>
      createScheduler({
        endpoints: [],
        sources: [{ fetcher }],
        profiles: { default: { picker: firstPicker() } },
      });
    expect(create).toThrow(
      expect.objectContaining({ code: 'PARAMS_INVALID', message: expect.stringContaining(message) }),
    );
  });
});

describe('models-data-source', () => {
  it('lists the models that an endpoint serves, adapters with their base', async () => {
    const list = {
      object: 'list',
      data: [{ id: 'base' }, { id: 'tuned', parent: 'base' }, { id: 'null', parent: null }],
    };
    const { port } = await serve((path) => (path === '/v1/models' ? JSON.stringify(list) : 'elsewhere'));
    const { clock, pool } = await schedulerOver(port, [
      { fetcher: modelsDataSource(), extractors: [modelsDataExtractor()] },
    ]);
    const served = () => pool.dataOf(pool.endpoints()[0]!)[servedModels.id];
    await clock.advanceUntil(() => served() !== undefined);
    expect(served()).toEqual([
      { id: 'base', parent: '' },
      { id: 'tuned', parent: 'base' },
      { id: 'null', parent: '' },
    ]);
  });

  it.each([
    ['no JSON', 'oops', 'poll'],
    ['another shape', '{"data":[{"name":"x"}]}', 'extract'],
  ])('reports %s and writes nothing', async (_, answer, where) => {
    const { port } = await serve(() => answer);
    const { scheduler, clock, pool } = await schedulerOver(port, [
      { fetcher: modelsDataSource(), extractors: [modelsDataExtractor()] },
    ]);
    let message = '';
    scheduler.once('poll:failed', ({ error }) => {
      message = `poll ${error}`;
    });
    scheduler.once('fault', ({ stage, error }) => {
      message = `${stage} ${error}`;
    });
    await clock.advanceUntil(() => message !== '');
    expect(message).toContain(`${where} `);
    expect(message).toContain('list of models');
    expect(pool.dataOf(pool.endpoints()[0]!)).not.toHaveProperty(servedModels.id);
    expect(pool.dataOf(pool.endpoints()[0]!)).not.toHaveProperty(kvCacheUsage.id);
  });
});
