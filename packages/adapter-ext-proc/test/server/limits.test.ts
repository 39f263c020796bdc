import { status as grpcStatus } from '@grpc/grpc-js';
import { createScheduler, definePlugin, type Metrics } from '@pointsman/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createExtProcServer, type ExtProcServerOptions } from '../../src/index.ts';
import { FULL_DUPLEX, ProxyClient, say } from '../proxy-client.ts';
import type { ProxyReply } from '../wire/proxy-messages.ts';
import { inOrderPicker } from './in-order-picker.ts';

const CHAT = { ':method': 'POST', ':path': '/v1/chat/completions' };
const BODY = '{"model":"m","messages":[{"role":"user","content":"hello"}]}';

describe('limits of the server', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(
    options: ExtProcServerOptions = {},
    plugins: Parameters<typeof createScheduler>[0]['plugins'] = [],
  ) {
    const scheduler = createScheduler({
      endpoints: [{ address: '10.0.0.1', port: 8000 }],
      plugins,
      profiles: { default: { picker: inOrderPicker() } },
    });
    ends.push(() => scheduler.close());
    await scheduler.start();
    const server = createExtProcServer({ scheduler, ...options });
    ends.push(() => server.close());
    const proxy = new ProxyClient(await server.listen({ host: '127.0.0.1', port: 0 }));
    ends.push(() => proxy.close());
    const pool = scheduler.pools.get('default')!;
    /** A request whose body lacks its end. */
    const begin = async () => {
      const stream = proxy.open();
      stream.send({ ...say.requestHeaders(CHAT), ...FULL_DUPLEX }, say.requestBody(BODY.slice(0, 20)));
      return stream;
    };
    return { server, proxy, pool, begin };
  }

  const statusOf = (reply: ProxyReply | undefined) =>
    reply !== undefined && 'immediateResponse' in reply ? reply.immediateResponse?.status.code : undefined;

  it('refuses streams beyond the limit, and takes new ones when others have ended', async () => {
    const { server, begin } = await start({ limits: { streams: 2 } });
    const open = [await begin(), await begin()];
    while (server.openStreams < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await (await begin()).ended).code).toBe(grpcStatus.RESOURCE_EXHAUSTED);
    open[0]!.abort();
    while (server.openStreams > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const next = await begin();
    next.send(say.requestBody(BODY.slice(20), true));
    await next.receive(2);
  });

  it('answers 413 to a body that is too long', async () => {
    const { proxy } = await start({ limits: { bodyBytes: 100 } });
    const stream = proxy.open();
    stream.send({ ...say.requestHeaders(CHAT), ...FULL_DUPLEX }, say.requestBody(Buffer.alloc(60)));
    stream.send(say.requestBody(Buffer.alloc(60)));
    expect(statusOf((await stream.receive(1))[0])).toBe(413);
  });

  it('answers 503 when all bodies together are too long, and forgets those that are over', async () => {
    const { server, proxy, begin } = await start({ limits: { bufferedBytes: 100 } });
    const fill = async () => {
      const stream = proxy.open();
      stream.send({ ...say.requestHeaders(CHAT), ...FULL_DUPLEX }, say.requestBody(BODY.padEnd(90)));
      return stream;
    };
    const first = await fill();
    while (server.openStreams < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await begin();
    const [refused] = await second.receive(1);
    expect(statusOf(refused)).toBe(503);
    first.abort();
    while (server.openStreams > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    // Answered, aborted, or refused: none of them leaves anything behind.
    for (let i = 0; i < 20; i++) {
      const stream = await fill();
      stream.send(say.requestBody('', true));
      expect(statusOf((await stream.receive(2))[0])).toBeUndefined();
      stream.halfClose();
      await stream.ended;
    }
  });

  it('ends the stream of a message that is too long, and no other', async () => {
    const { proxy, begin } = await start({ limits: { messageBytes: 1000 } });
    const other = await begin();
    const stream = proxy.open();
    stream.send({ ...say.requestHeaders(CHAT), ...FULL_DUPLEX }, say.requestBody(Buffer.alloc(2000)));
    expect((await stream.ended).code).toBe(grpcStatus.RESOURCE_EXHAUSTED);
    other.send(say.requestBody(BODY.slice(20), true));
    await other.receive(2);
  });

  it('lets go, when it must end, of what is under way', async () => {
    const { server, pool, begin } = await start();
    const unanswered = await begin();
    const answered = await begin();
    answered.send(say.requestBody(BODY.slice(20), true));
    await answered.receive(2);
    expect(pool.openCalls).toBe(1);
    const drained = server.drain({ graceMs: 50 });
    expect(statusOf((await unanswered.receive(1))[0])).toBe(503);
    expect((await answered.ended).code).toBe(grpcStatus.OK);
    await drained;
    expect({ streams: server.openStreams, calls: pool.openCalls }).toEqual({ streams: 0, calls: 0 });
  });

  it('ends as soon as the last stream does', async () => {
    const { server, begin } = await start();
    const stream = await begin();
    stream.send(say.requestBody(BODY.slice(20), true));
    await stream.receive(2);
    const drained = server.drain({ graceMs: 3_600_000 });
    stream.send(say.responseHeaders({ ':status': '200' }), say.responseBody('{}', true));
    stream.halfClose();
    await stream.ended;
    await drained;
  });

  it('counts streams', async () => {
    const seen: Record<string, number> = {};
    const count = (name: string) => (amount: number, labels?: Readonly<Record<string, string>>) => {
      const key = labels === undefined ? name : `${name} ${labels.code}`;
      seen[key] = name.endsWith('_total') ? (seen[key] ?? 0) + amount : amount;
    };
    const metrics: Metrics = {
      counter: ({ name }) => ({ add: (amount = 1, labels) => count(name)(amount, labels) }),
      gauge: ({ name }) => ({ set: count(name) }),
      histogram: ({ name }) => ({ observe: (value, labels) => count(name)(value, labels) }),
    };
    const { server, begin } = await start({ metrics, limits: { streams: 1 } });
    const first = await begin();
    while (server.openStreams < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await begin();
    expect((await second.ended).code).toBe(grpcStatus.RESOURCE_EXHAUSTED);
    expect(seen.llm_d_epp_extproc_streams_inflight).toBe(1);
    first.halfClose();
    await first.ended;
    expect(seen).toMatchObject({
      llm_d_epp_extproc_streams_inflight: 0,
      'llm_d_epp_extproc_streams_total ResourceExhausted': 1,
      'llm_d_epp_extproc_streams_total OK': 1,
    });
    expect(seen.llm_d_epp_extproc_stream_duration_seconds).toBeGreaterThan(0);
  });

  it('goes on when a plugin throws', async () => {
    const broken = definePlugin({
      type: 'broken',
      create: () => ({
        postChoice() {
          throw new Error('broken');
        },
      }),
    });
    const { begin } = await start({}, [broken()]);
    for (let i = 0; i < 2; i++) {
      const stream = await begin();
      stream.send(say.requestBody(BODY.slice(20), true));
      expect(statusOf((await stream.receive(2))[0])).toBeUndefined();
    }
  });
});
