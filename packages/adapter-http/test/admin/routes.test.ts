import { createTelemetry } from '@pointsman/telemetry';
import { describe, expect, it } from 'vitest';
import { Inbox } from '../rig/inbox.ts';
import { createAdminRig } from './create-admin-rig.ts';
import { metricsPage } from './metrics-page.ts';

describe('the admin API', () => {
  it('lists its routes, and only those that were made possible', async () => {
    await using bare = await createAdminRig();
    const paths = (await bare.ask('/api')).json.routes.map((route: { path: string }) => route.path);
    expect(paths).toContain('/api/decisions/{id}');
    expect(paths).not.toContain('/metrics');
    expect((await bare.ask('/metrics')).status).toBe(404);
    await using full = await createAdminRig({
      metricsPage: () => metricsPage('up 1\n'),
      configuration: () => ({}),
      reload: async () => undefined,
    });
    const all = (await full.ask('/api')).json.routes.map((route: { path: string }) => route.path);
    expect(all).toEqual(expect.arrayContaining(['/metrics', '/api/config', '/api/reload']));
  });

  it('answers 404 and 405 with what to do', async () => {
    await using rig = await createAdminRig();
    expect((await rig.ask('/nothing')).json.error).toMatchObject({ code: 'no_route' });
    const wrong = await rig.ask('/api/decide');
    expect(wrong.status).toBe(405);
    expect(wrong.headers.allow).toBe('POST');
    const deleted = await rig.ask('/api/pools', { method: 'DELETE' });
    expect([deleted.status, deleted.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect((await rig.ask('/api/decisions/a/b')).status).toBe(404);
  });

  it('answers HEAD without a body', async () => {
    await using rig = await createAdminRig();
    const head = await rig.ask('/api/pools', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(10);
    expect((await rig.ask('/api/stream', { method: 'HEAD' })).status).toBe(200);
  });

  it('refuses parameters that it does not know or cannot read', async () => {
    await using rig = await createAdminRig();
    for (const path of [
      '/api/decisions?limt=5',
      '/api/decisions?limit=0',
      '/api/decisions?limit=1e3',
      '/api/decisions?only=bad',
      '/api/decisions?slowMs=-1',
      '/api/decisions/default:1?format=xml',
      '/api/decisions/%ff',
      '/api/plugins?x=1',
    ]) {
      const { status, json } = await rig.ask(path);
      expect([path, status]).toEqual([path, 400]);
      expect(json.error.message).not.toBe('');
    }
    expect((await rig.ask('/api/endpoints?pool=other')).json.error.message).toContain('"default"');
  });

  it('lists decisions: newest first, by pool, only failed, only slow', async () => {
    await using rig = await createAdminRig();
    const now = Date.now();
    await rig.traffic.send(now);
    rig.traffic.failing = 1;
    await rig.traffic.send(now);
    rig.traffic.failing = 0;
    await rig.traffic.step(now + 3_600_000, 0, 0);
    rig.traffic.model = 'forbidden';
    await rig.traffic.send(now);
    const { decisions } = (await rig.ask('/api/decisions?pool=default')).json;
    expect(decisions.map((entry: { status: string }) => entry.status)).toEqual(['rejected', 'error', 'ok']);
    expect(decisions[0]).toMatchObject({ id: null, httpStatus: 403, failed: true, model: 'forbidden' });
    expect(decisions[1]).toMatchObject({ id: 'default:2', error: 'the model server answered 500', httpStatus: 500 });
    expect(decisions[2]).toMatchObject({ id: 'default:1', requestId: 'chat-000001', attempts: 1, failed: false });
    const failed = (await rig.ask('/api/decisions?only=failed&limit=1')).json.decisions;
    expect(failed.map((entry: { status: string }) => entry.status)).toEqual(['rejected']);
    const slow = (await rig.ask('/api/decisions?only=slow&slowMs=1')).json.decisions;
    expect(slow.map((entry: { id: string }) => entry.id)).toEqual(['default:2', 'default:1']);
    expect((await rig.ask('/api/decisions?only=slow&slowMs=86400000')).json.decisions).toEqual([]);
  });

  it('explains one decision as JSON, Markdown and table', async () => {
    await using rig = await createAdminRig();
    const call = await rig.traffic.send(Date.now());
    const path = `/api/decisions/${encodeURIComponent(call!.decision.id)}`;
    expect((await rig.ask(path)).json).toEqual(JSON.parse(JSON.stringify(call!.decision.explain())));
    const markdown = await rig.ask(`${path}?format=markdown`);
    expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(markdown.text).toContain('| --- |');
    const table = await rig.ask(`${path}?format=table&top=1`);
    expect(table.text).toContain('... and 2 more');
    expect((await rig.ask('/api/decisions/default:999')).json.error.code).toBe('not_remembered');
    expect((await rig.ask('/api/decisions/nonsense')).status).toBe(404);
  });

  it('explains failures for longer than the scheduler remembers', async () => {
    await using rig = await createAdminRig();
    rig.traffic.failing = 1;
    await rig.traffic.send(Date.now());
    rig.traffic.failing = 0;
    await rig.traffic.step(Date.now() + 3_600_000, 0, 0);
    await rig.traffic.send(Date.now());
    await rig.traffic.step(Date.now() + 3_600_000, 0, 0);
    for (let i = 0; i < 256; i++) await rig.traffic.send(Date.now());
    expect(rig.pool.explain('default:1')).toBeUndefined();
    const { status, json } = await rig.ask('/api/decisions/default:1');
    expect([status, json.id, json.outcome.status]).toEqual([200, 'default:1', 'error']);
    expect((await rig.ask('/api/decisions/default:2')).status).toBe(404);
  });

  it('shows endpoints with load, data, scrapes and traffic', async () => {
    await using rig = await createAdminRig({ size: 2 });
    rig.fleet[1]!.isHealthy = false;
    const call = await rig.traffic.send(Date.now());
    // A slow machine may have been too late for a page before.
    const told = () => rig.pool.health().find(({ endpoint }) => endpoint === 'default/m1')?.lastError ?? '';
    while (!told().includes('500')) await new Promise((resolve) => setImmediate(resolve));
    const { endpoints } = (await rig.ask('/api/endpoints?pool=default')).json;
    const [healthy, sick] = endpoints;
    expect(sick).toMatchObject({ id: 'default/m1', state: 'failing' });
    expect(sick.error).toContain('500');
    expect(healthy).toMatchObject({ pool: 'default', id: 'default/m0', hostPort: `127.0.0.1:${rig.fleet[0]!.port}` });
    expect(healthy.scrapes).toHaveLength(1);
    const target = endpoints.find((endpoint: { id: string }) => endpoint.id === call!.decision.target.id);
    expect(target).toMatchObject({ openCalls: 1, requests: 1, share: 1 });
    expect(target.data['InFlightLoadDataKey/inflight-load-producer'].requests).toBe(1);
  });

  it('shows pools, plugins with their state, and faults', async () => {
    await using rig = await createAdminRig();
    await rig.traffic.send(Date.now());
    const [pool] = (await rig.ask('/api/pools')).json.pools;
    expect(pool).toMatchObject({ name: 'default', endpoints: 3, openCalls: 1, faults: {} });
    expect(pool.traffic).toHaveLength(150);
    const [plugins] = (await rig.ask('/api/plugins')).json.pools;
    const producer = plugins.plugins.find((plugin: { name: string }) => plugin.name === 'approx-prefix-cache-producer');
    expect(producer.kinds).toEqual(['fetcher']);
    expect(producer.state).toEqual(JSON.parse(JSON.stringify(rig.pool.inspect()))['approx-prefix-cache-producer']);
    expect(plugins.faults).toEqual({});
  });

  it('serves the metrics of telemetry', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    await using rig = await createAdminRig({ metricsPage: telemetry.page });
    const stop = telemetry.observe(rig.scheduler);
    await rig.traffic.send(Date.now());
    const page = await rig.ask('/metrics');
    expect(page.headers['content-type']).toContain('text/plain; version=0.0.4');
    const open = await rig.ask('/metrics', { headers: { accept: 'application/openmetrics-text' } });
    expect(open.headers['content-type']).toContain('application/openmetrics-text');
    expect(open.text).toMatch(/# EOF\n$/);
    expect((await rig.ask('/metrics', { method: 'HEAD' })).text).toBe('');
    stop();
    expect(page.text).toMatch(/pointsman_decisions_total\{pool="default",endpoint="default\/m\d"\} 1/);
  });

  it('shows the configuration, whatever is in it', async () => {
    const loop: Record<string, unknown> = { name: 'x' };
    loop.self = loop;
    await using rig = await createAdminRig({
      configuration: () => ({ big: 10n, set: new Set(['a']), map: new Map([['k', 1]]), loop, rate: Number.NaN }),
    });
    expect((await rig.ask('/api/config')).json).toEqual({
      big: '10',
      set: ['a'],
      map: { k: 1 },
      loop: { name: 'x', self: '(refers to itself)' },
      rate: null,
    });
  });

  it('reloads once at a time, and says why it could not', async () => {
    const begun = new Inbox<(error?: Error) => void>();
    await using rig = await createAdminRig({
      reload: () =>
        new Promise((resolve, reject) => {
          begun.put((error) => (error === undefined ? resolve({ changed: ['default'] }) : reject(error)));
        }),
    });
    const first = rig.ask('/api/reload', { method: 'POST' });
    const settle = await begun.take();
    expect((await rig.ask('/api/reload', { method: 'POST' })).status).toBe(409);
    settle();
    expect((await first).json).toEqual({ reloaded: true, result: { changed: ['default'] } });
    const second = rig.ask('/api/reload', { method: 'POST' });
    const settleSecond = await begun.take();
    expect((await rig.ask('/api')).status).toBe(200);
    settleSecond(new Error('pools.yaml:3:5: unknown plugin type'));
    const refused = await second;
    expect(refused.status).toBe(422);
    expect(refused.json.error).toMatchObject({ code: 'reload_failed', message: 'pools.yaml:3:5: unknown plugin type' });
  });

  it('answers 500 when what was put in fails, and breaks off when that is too late', async () => {
    const fail = () => {
      throw new Error('registry is gone');
    };
    await using rig = await createAdminRig({ metricsPage: fail });
    const answer = await rig.ask('/metrics');
    expect([answer.status, answer.json.error.message]).toEqual([500, 'registry is gone']);
    await using late = await createAdminRig({ metricsPage: () => metricsPage('up 1\n', fail) });
    await expect(late.ask('/metrics')).rejects.toThrow();
  });
});
