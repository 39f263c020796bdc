import {
  activeModels,
  createScheduler,
  kvCacheUsage,
  maxActiveModels,
  type Outcome,
  type PluginUse,
  type SchedulerHost,
  usePlugin,
  waitingQueueSize,
} from '@pointsman/core';
import { builtinPlugins } from '@pointsman/plugins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExtProcServer, type ExtProcServer } from '../src/index.ts';
import { answerOf, editsOf, FULL_DUPLEX, ProxyClient, type ProxyStream, refusalIn, say } from './proxy-client.ts';

/** The cases of the reference's integration suite that its recordings do not have, over a socket. */

interface PodState {
  readonly queue: number;
  readonly kvUsage: number;
  readonly adapters?: readonly string[];
}

let scheduler: SchedulerHost;
let server: ExtProcServer;
let proxy: ProxyClient;
let outcomes: Outcome[];

function plugin(type: string): PluginUse {
  const definition = builtinPlugins.find((known) => known.type === type)!;
  return usePlugin(definition, definition.params.parse({}), type);
}

beforeEach(async () => {
  scheduler = createScheduler({
    endpoints: [],
    // Writes what the tests set.
    plugins: [plugin('core-metrics-extractor')],
    profiles: {
      default: {
        scorers: [plugin('queue-scorer'), plugin('kv-cache-utilization-scorer'), [plugin('lora-affinity-scorer'), 2]],
        picker: plugin('max-score-picker'),
      },
    },
  });
  await scheduler.start();
  outcomes = [];
  scheduler.on('ended', (_, outcome) => outcomes.push(outcome));
  server = createExtProcServer({ scheduler });
  proxy = new ProxyClient(await server.listen({ host: '127.0.0.1', port: 0 }));
});

afterEach(async () => {
  proxy.close();
  server.close();
  await scheduler.close();
});

function setPods(pods: readonly PodState[]): void {
  const [pool] = scheduler.pools.values();
  pool!.setEndpoints(pods.map((_, i) => ({ name: `pod-${i}`, address: `192.168.1.${i + 1}`, port: 8000 })));
  for (const [i, { queue, kvUsage, adapters = [] }] of pods.entries()) {
    const id = `default/pod-${i}`;
    pool!.setData(id, waitingQueueSize, queue);
    pool!.setData(id, kvCacheUsage, kvUsage);
    pool!.setData(id, activeModels, new Set(adapters));
    pool!.setData(id, maxActiveModels, 2);
  }
}

const HEADERS = { ':method': 'POST', ':path': '/v1/completions', hi: 'mom', 'x-request-id': 'test-request-id' };
const bodyFor = (model: string, more = '') =>
  `{"max_tokens":100,"model":"${model}","prompt":"test","temperature":0${more}}`;

async function place(...body: readonly string[]): Promise<ProxyStream> {
  const stream = proxy.open();
  stream.send({ ...say.requestHeaders(HEADERS), ...FULL_DUPLEX });
  body.forEach((part, i) => {
    stream.send(say.requestBody(part, i === body.length - 1));
  });
  await stream.receive(2);
  return stream;
}

async function destinationOf(...body: readonly string[]): Promise<string | undefined> {
  const stream = await place(...body);
  const { set } = editsOf(answerOf(stream.replies[0], 'requestHeaders')?.headerMutation);
  stream.halfClose();
  await stream.ended;
  return set['x-gateway-destination-endpoint'];
}

describe('where requests go', () => {
  it('to the lower queue and KV cache', async () => {
    setPods([
      { queue: 3, kvUsage: 0.2 },
      { queue: 0, kvUsage: 0.1 },
      { queue: 10, kvUsage: 0.2 },
    ]);
    expect(await destinationOf(bodyFor('my-model'))).toBe('192.168.1.2:8000');
  });

  it('to the active adapter', async () => {
    setPods([
      { queue: 0, kvUsage: 0.2, adapters: ['foo', 'bar'] },
      { queue: 0, kvUsage: 0.1, adapters: ['foo', 'sql-lora-1fdg2'] },
      { queue: 10, kvUsage: 0.2, adapters: ['foo', 'bar'] },
    ]);
    expect(await destinationOf(bodyFor('sql-lora-1fdg2'))).toBe('192.168.1.2:8000');
  });

  it('to the active adapter, although its KV cache is fuller', async () => {
    setPods([
      { queue: 10, kvUsage: 0.2, adapters: ['foo', 'bar'] },
      { queue: 10, kvUsage: 0.4, adapters: ['foo', 'sql-lora-1fdg2'] },
      { queue: 10, kvUsage: 0.3, adapters: ['foo'] },
    ]);
    expect(await destinationOf(bodyFor('sql-lora-1fdg2'))).toBe('192.168.1.2:8000');
  });

  it('somewhere, when all are saturated', async () => {
    setPods([
      { queue: 6, kvUsage: 0.2 },
      { queue: 0, kvUsage: 0.85 },
      { queue: 10, kvUsage: 0.9 },
    ]);
    expect(await destinationOf(bodyFor('sql-lora-sheddable'))).toBe('192.168.1.1:8000');
  });

  it('to the same place when the body comes in pieces', async () => {
    setPods([
      { queue: 4, kvUsage: 0.2 },
      { queue: 1, kvUsage: 0.1 },
    ]);
    const body = bodyFor('my-model');
    expect(await destinationOf(body.slice(0, 30), body.slice(30))).toBe('192.168.1.2:8000');
  });

  it('nowhere, with 503, when there is no pod: also a GET', async () => {
    const stream = proxy.open();
    stream.send({ ...say.requestHeaders({ ':method': 'GET', ':path': '/' }, true), ...FULL_DUPLEX });
    const [reply] = await stream.receive(1);
    expect(refusalIn(reply!)?.status.code).toBe(503);
    expect(await stream.ended).toMatchObject({ code: 0 });
  });
});

const USAGE = '"usage":{"prompt_tokens":7,"total_tokens":17,"completion_tokens":10}';

describe('the usage of a response is read', () => {
  it.each([
    { asked: false, isEvents: false, hasTrailers: false },
    { asked: false, isEvents: false, hasTrailers: true },
    { asked: false, isEvents: true, hasTrailers: false },
    { asked: true, isEvents: false, hasTrailers: false },
    { asked: true, isEvents: true, hasTrailers: false },
    { asked: true, isEvents: true, hasTrailers: true },
    { asked: false, isEvents: true, hasTrailers: true },
  ])(
    'stream asked for: $asked, events: $isEvents, trailers: $hasTrailers',
    async ({ asked, isEvents, hasTrailers }) => {
      setPods([{ queue: 0, kvUsage: 0 }]);
      const stream = await place(bodyFor('m', asked ? ',"stream":true' : ''));
      const body = isEvents ? `data: {}\n\ndata: {${USAGE}}\n\ndata: [DONE]\n\n` : `{"choices":[],${USAGE}}`;
      const type = isEvents ? 'text/event-stream' : 'application/json';
      stream.send(
        say.responseHeaders({ ':status': '200', 'content-type': type }),
        say.responseBody(body.slice(0, 25)),
        say.responseBody(body.slice(25)),
        hasTrailers ? say.responseTrailers() : say.responseBody('', true),
      );
      await stream.receive(6);
      stream.halfClose();
      await stream.ended;
      const sent = stream.replies.flatMap((reply) => {
        const mutation = answerOf(reply, 'responseBody')?.bodyMutation;
        return mutation && 'streamedResponse' in mutation ? [Buffer.from(mutation.streamedResponse.body)] : [];
      });
      expect(Buffer.concat(sent).toString()).toBe(body);
      expect(outcomes).toMatchObject([{ status: 'ok', usage: { promptTokens: 7, outputTokens: 10 } }]);
    },
  );

  it('and is absent where the response is no JSON', async () => {
    setPods([{ queue: 0, kvUsage: 0 }]);
    const stream = await place(bodyFor('m'));
    stream.send(
      say.responseHeaders({ ':status': '200', 'content-type': 'application/json' }),
      say.responseBody('no healthy upstream', true),
    );
    await stream.receive(4);
    stream.halfClose();
    await stream.ended;
    expect(outcomes).toMatchObject([{ status: 'ok', usage: undefined }]);
  });
});
