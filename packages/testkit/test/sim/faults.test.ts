import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/harness/virtual-clock.ts';
import { createSimServer, type SimOptions, type SimServer } from '../../src/sim/index.ts';

const servers: SimServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: SimOptions = {}, clock?: VirtualClock): Promise<SimServer> {
  const server = await createSimServer({ port: 0, model: 'm', mode: 'echo', ...options }, clock);
  servers.push(server);
  return server;
}

function complete(server: SimServer, body: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/v1/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'm', prompt: 'one two three four', ...body }),
  });
}

function metrics(server: SimServer): Promise<string> {
  return fetch(`${server.url}/metrics`).then((response) => response.text());
}

async function setFaults(server: SimServer, ...faults: string[]): Promise<Response> {
  return await fetch(`${server.url}/sim/faults`, { method: 'POST', body: JSON.stringify({ faults }) });
}

describe('faults', () => {
  it('come by option, by header and by the admin path, and go again', async () => {
    const server = await start({ fault: ['error:503'] });
    expect((await complete(server)).status).toBe(503);
    expect(await (await setFaults(server, 'error')).json()).toEqual({ faults: ['error:500'] });
    expect((await complete(server)).status).toBe(500);
    expect((await fetch(`${server.url}/sim/faults`, { method: 'DELETE' })).status).toBe(200);
    expect((await complete(server)).status).toBe(200);
    expect((await complete(server, {}, { 'x-sim-fault': 'error:418' })).status).toBe(418);
    expect((await complete(server)).status).toBe(200);
  });

  it('are refused when they make no sense, and nothing changes', async () => {
    const server = await start();
    for (const wrong of ['slow', 'slow:0', 'error:200', 'hang:1', 'die-mid-stream:0', 'nonsense']) {
      const response = await setFaults(server, wrong);
      expect(response.status, wrong).toBe(400);
      expect(await response.text()).toContain('is not a fault; write one of');
    }
    expect((await complete(server, {}, { 'x-sim-fault': 'nonsense' })).status).toBe(400);
    expect((await complete(server)).status).toBe(200);
  });

  it('slow: every delay is longer', async () => {
    const clock = new VirtualClock(0);
    const server = await start({ timeToFirstToken: 100, interTokenLatency: 10 }, clock);
    let isAnswered = false;
    const answer = complete(server, {}, { 'x-sim-fault': 'slow:3' }).then(() => {
      isAnswered = true;
    });
    while (server.stats().running === 0) await new Promise(setImmediate);
    clock.runUntil(389);
    expect(server.stats().running).toBe(1);
    clock.runUntil(390);
    expect(server.stats().running).toBe(0);
    await answer;
    expect(isAnswered).toBe(true);
  });

  it('hang: accepts and never answers, until the client gives up', async () => {
    const server = await start();
    const controller = new AbortController();
    const hanging = fetch(`${server.url}/v1/completions`, {
      method: 'POST',
      headers: { 'x-sim-fault': 'hang' },
      body: '{}',
      signal: controller.signal,
    });
    // Others are served meanwhile.
    expect((await complete(server)).status).toBe(200);
    controller.abort();
    await expect(hanging).rejects.toThrow('abort');
  });

  it('die-before-first-byte: the connection breaks without an answer', async () => {
    const server = await start();
    for (const stream of [true, false]) {
      await expect(complete(server, { stream }, { 'x-sim-fault': 'die-before-first-byte' })).rejects.toThrow(
        'fetch failed',
      );
    }
    expect(server.stats().running).toBe(0);
  });

  it('die-mid-stream: the connection breaks after some tokens', async () => {
    const server = await start();
    const response = await complete(server, { stream: true }, { 'x-sim-fault': 'die-mid-stream:2' });
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body!) text += Buffer.from(chunk).toString();
    })();
    await expect(reading).rejects.toThrow('terminated');
    expect(text.match(/"text"/g)).toHaveLength(2);
    expect(server.stats()).toMatchObject({ running: 0, waiting: 0 });
  });

  it('die-mid-stream: an answer that is not streamed breaks off in its body', async () => {
    const server = await start();
    const response = await complete(server, {}, { 'x-sim-fault': 'die-mid-stream' });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('stale-metrics: the page stays as it was', async () => {
    const server = await start();
    await setFaults(server, 'stale-metrics');
    const before = await metrics(server);
    await complete(server);
    expect(await metrics(server)).toBe(before);
    await setFaults(server);
    expect(await metrics(server)).not.toBe(before);
  });

  it('garbage-metrics: the page makes no sense', async () => {
    const server = await start({ fault: ['garbage-metrics'] });
    expect(await metrics(server)).not.toContain('vllm:kv_cache_usage_perc');
  });

  it('refuse-connections: nobody listens, until told otherwise', async () => {
    const server = await start();
    expect((await setFaults(server, 'refuse-connections').catch(() => undefined))?.status ?? 200).toBe(200);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow('fetch failed');
    server.setFaults([]);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  it('refuse-connections: comes back after its time', async () => {
    const clock = new VirtualClock(0);
    const server = await start({}, clock);
    // What is left of a connection keeps the port, so that nobody else gets it meanwhile.
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    server.setFaults([{ kind: 'refuse-connections', forMs: 500 }]);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow('fetch failed');
    clock.runUntil(500);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });
});

describe('clients that go away', () => {
  it('free what they hold, running or waiting', async () => {
    const server = await start({ timeToFirstToken: '1h', maxNumSeqs: 1, enableKvcache: true });
    const controller = new AbortController();
    const send = () =>
      fetch(`${server.url}/v1/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'm', prompt: 'one two', stream: true }),
        signal: controller.signal,
      }).catch(() => undefined);
    const answers = [send(), send()];
    while (server.stats().waiting === 0) await new Promise(setImmediate);
    controller.abort();
    await Promise.all(answers);
    // The one that waits may come to run when the other one has gone.
    while (server.stats().running + server.stats().waiting > 0) await new Promise(setImmediate);
    expect(server.stats().kvUsage).toBe(0);
  });
});

describe('bad input', () => {
  it('a body that is too long gets a 413', async () => {
    const server = await start({ maxRequestBodySizeMb: 0.001 });
    expect((await complete(server, { prompt: 'x'.repeat(2000) })).status).toBe(413);
  });

  it('options that make no sense are refused with their names', async () => {
    await expect(createSimServer({ maxNumSeqs: 10, maxNumBatchedTokens: 5 })).rejects.toThrow('max-num-seqs (10)');
    await expect(createSimServer({ timeToFirstToken: 'soon' })).rejects.toThrow('write 100ms, 750us');
  });

  it('a port that is taken is an error', async () => {
    const { port } = await start();
    await expect(createSimServer({ port })).rejects.toThrow('EADDRINUSE');
  });
});
