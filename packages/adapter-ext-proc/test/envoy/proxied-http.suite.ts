import { once } from 'node:events';
import { request, type ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { chat } from './rig/chat.ts';
import { createRig, type Rig, type RigOptions } from './rig/create-rig.ts';
import { deferred } from './rig/deferred.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { send, sendHttp2 } from './rig/send.ts';

/** What clients and model servers see is the same in every configuration. */
export function proxiedHttpSuite(name: string, options: RigOptions): void {
  describeWithEnvoy(name, () => {
    let rig: Rig;

    beforeAll(async () => {
      rig = await createRig(options);
    });
    afterAll(() => rig?.[Symbol.asyncDispose]());
    beforeEach(() => {
      for (const model of rig.models) {
        model.arrivals.length = 0;
        model.answer = (_arrival, response) => response.end('{}');
      }
    });

    it('sends each request where its body says, bytes untouched', async () => {
      for (const model of ['m1', 'm0', 'm1']) {
        const body = chat(model);
        const { status } = await send(rig.envoy.origin, { body });
        expect(status).toBe(200);
        const { last } = rig.models[Number(model[1])]!;
        expect(last?.body.toString()).toBe(body);
        // Envoy drops the length of bodies that it streams both ways, and lets nobody set it.
        const isBuffered = options.config === 'buffered';
        expect(last?.headers['content-length']).toBe(isBuffered ? String(Buffer.byteLength(body)) : undefined);
        expect(last?.headers['x-gateway-destination-endpoint']).toBe(`127.0.0.1:${rig.models[Number(model[1])]!.port}`);
      }
      expect(rig.models.map(({ arrivals }) => arrivals.length)).toEqual([1, 2]);
      await rig.settled();
    });

    it.each([220_000, 1_048_576, 3_000_000])('carries a body of %i bytes', async (bytes) => {
      const body = chat('m1', { bytes });
      const { status, body: answer } = await send(rig.envoy.origin, { body });
      expect({ status, answer: answer.toString() }).toEqual({ status: 200, answer: '{}' });
      expect(rig.models[1]!.last?.body.equals(Buffer.from(body))).toBe(true);
      expect(rig.models[1]!.arrivals).toHaveLength(1);
      await rig.settled();
    });

    it('carries a body whose length is not declared', async () => {
      const body = chat('m1', { bytes: 50_000 });
      await send(rig.envoy.origin, { body, isChunked: true });
      expect(rig.models[1]!.last?.body.toString()).toBe(body);
      await rig.settled();
    });

    it('carries a long answer, and headers that occur more than once', async () => {
      const answer = Buffer.alloc(1_500_000, 'answer ');
      rig.models[0]!.answer = (_arrival, response) => {
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        response.end(answer);
      };
      const received = await send(rig.envoy.origin, { body: chat('m0') });
      expect(received.body.equals(answer)).toBe(true);
      expect(received.headers['set-cookie']).toEqual(['a=1', 'b=2']);
      await rig.settled();
    });

    it('passes each event of a stream on when it comes, and counts the request until its end', async () => {
      const { promise: model, resolve: begun } = deferred<ServerResponse>();
      rig.models[1]!.answer = (_arrival, response) => {
        response.setHeader('content-type', 'text/event-stream');
        response.write('data: {"choices":[{"delta":{"content":"one"}}]}\n\n');
        begun(response);
      };
      const outgoing = request(new URL('/v1/chat/completions', rig.envoy.origin), { method: 'POST', agent: false });
      outgoing.end(chat('m1', { stream: true }));
      const [incoming] = await once(outgoing, 'response');
      const events: AsyncIterator<Buffer> = incoming[Symbol.asyncIterator]();
      expect(String((await events.next()).value)).toContain('one');
      expect(rig.pool.openCalls).toBe(1);
      (await model).write('data: {"choices":[{"delta":{"content":"two"}}]}\n\n');
      expect(String((await events.next()).value)).toContain('two');
      expect(rig.pool.openCalls).toBe(1);
      (await model).end('data: [DONE]\n\n');
      expect(String((await events.next()).value)).toBe('data: [DONE]\n\n');
      expect((await events.next()).done).toBe(true);
      await rig.settled();
    });

    it.each([
      ['HEAD', 200],
      ['GET', 204],
      ['GET', 304],
      ['GET', 200],
    ] as const)('carries %s with an answer %i', async (method, status) => {
      for (const model of rig.models) {
        model.answer = (_arrival, response) => {
          response.statusCode = status;
          response.setHeader('x-seen', 'yes');
          response.end(method === 'HEAD' || status !== 200 ? undefined : '{"data":[]}');
        };
      }
      const received = await send(rig.envoy.origin, { method, path: '/v1/models' });
      expect(received).toMatchObject({ status, headers: { 'x-seen': 'yes' } });
      expect(received.body.toString()).toBe(method === 'GET' && status === 200 ? '{"data":[]}' : '');
      await rig.settled();
    });

    it('serves clients of HTTP/2', async () => {
      const body = chat('m1', { bytes: 100_000 });
      const received = await sendHttp2(rig.envoy.origin, { body });
      expect({ status: received.status, body: received.body.toString() }).toEqual({ status: 200, body: '{}' });
      expect(rig.models[1]!.last?.body.toString()).toBe(body);
      await rig.settled();
    });

    it('gives the endpoint back when the client leaves before the answer', async () => {
      const { promise: arrived, resolve: arrive } = deferred();
      const { promise: gone, resolve: leave } = deferred();
      rig.models[1]!.answer = (_arrival, response) => {
        response.once('close', leave);
        arrive();
      };
      const outgoing = request(new URL('/v1/chat/completions', rig.envoy.origin), { method: 'POST', agent: false });
      outgoing.on('error', () => {});
      outgoing.end(chat('m1'));
      await arrived;
      expect(rig.pool.openCalls).toBe(1);
      outgoing.destroy();
      await gone;
      await rig.settled();
    });

    it('gives the endpoint back when the client leaves in the middle of a stream', async () => {
      const { promise: gone, resolve: leave } = deferred();
      rig.models[0]!.answer = (_arrival, response) => {
        response.once('close', leave);
        response.write('data: 1\n\n');
      };
      const outgoing = request(new URL('/v1/chat/completions', rig.envoy.origin), { method: 'POST', agent: false });
      outgoing.on('error', () => {});
      outgoing.end(chat('m0', { stream: true }));
      const [incoming] = await once(outgoing, 'response');
      incoming.on('error', () => {});
      await once(incoming, 'data');
      expect(rig.pool.openCalls).toBe(1);
      outgoing.destroy();
      await gone;
      await rig.settled();
    });

    it('forgets a request whose client leaves while it sends', async () => {
      const session = connect(rig.envoy.origin);
      const stream = session.request({ ':method': 'POST', ':path': '/v1/chat/completions', 'content-length': '1000' });
      stream.on('error', () => {});
      stream.write('{"model":"m1",');
      while (rig.picker.openStreams === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      session.destroy();
      await rig.settled();
      expect(rig.models.map(({ arrivals }) => arrivals.length)).toEqual([0, 0]);
    });

    it('does not let clients choose where a request goes', async () => {
      const headers = {
        'x-gateway-destination-endpoint': `127.0.0.1:${rig.models[0]!.port}`,
        'X-Prefiller-Host-Port': '10.9.9.9:80',
        'x-gateway-destination-endpoint-subset': `127.0.0.1:${rig.models[0]!.port}`,
        'x-llm-d-inference-objective': 'gold',
        'x-mine': 'stays',
      };
      await send(rig.envoy.origin, { body: chat('m1'), headers });
      const seen = rig.models[1]!.last?.headers;
      expect(seen?.['x-gateway-destination-endpoint']).toBe(`127.0.0.1:${rig.models[1]!.port}`);
      expect(seen).toMatchObject({ 'x-mine': 'stays' });
      for (const name of [
        'x-prefiller-host-port',
        'x-gateway-destination-endpoint-subset',
        'x-llm-d-inference-objective',
      ]) {
        expect(seen).not.toHaveProperty(name);
      }
      await rig.settled();
    });

    it('answers what the picker refuses', async () => {
      const received = await send(rig.envoy.origin, { body: '{"model":' });
      expect(received.status).toBe(400);
      expect(received.body.toString()).toMatch(/^inference error: BadRequest - /);
      expect(rig.models.map(({ arrivals }) => arrivals.length)).toEqual([0, 0]);
      await rig.settled();
    });
  });
}
