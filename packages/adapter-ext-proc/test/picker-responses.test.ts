import { type DecisionDraft, silentLogger } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { EndpointPicker } from '../src/picker/endpoint-picker.ts';
import { fromStruct } from './conversation/to-wire.ts';
import { COMPLETION, decided, ENDPOINTS, type HookFunctions, POST, request, start } from './picker-rig.ts';
import { answerOf, editsOf, refusalIn, say } from './proxy-client.ts';
import { openStream } from './recorded-transport.ts';
import type { ProxyRequest } from './wire/proxy-messages.ts';

describe('the response', () => {
  const OK: ProxyRequest = say.responseHeaders({ ':status': '200', 'content-type': 'text/event-stream' });

  it('tells the call its status, first token, usage and end', async () => {
    const setup = start();
    const { send } = await request(setup);
    send(
      OK,
      say.responseBody('data: {"choices":[{"text":"a"}]}\n\n'),
      say.responseBody('data: {"choices":[],"usage":{"prompt_'),
      say.responseBody('tokens":7,"completion_tokens":10}}\n\n'),
      say.responseBody('', true),
    );
    await decided();
    expect(setup.outcomes).toMatchObject([
      { status: 'ok', httpStatus: 200, usage: { promptTokens: 7, outputTokens: 10 }, firstTokenMs: expect.any(Number) },
    ]);
  });

  it('carries what plugins set, and no other header', async () => {
    const hooks: HookFunctions = {
      progress(_cycle, _decision, progress) {
        if (progress.kind !== 'headers') return;
        progress.setHeader('x-session-token', 'abc');
        progress.setHeader('x-inner', '');
      },
    };
    const { transport, send } = await request(start({ hooks }));
    send(
      say.responseHeaders([
        [':status', '200'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['x-inner', '1'],
      ]),
    );
    expect(editsOf(answerOf(transport.replies.at(-1), 'responseHeaders')?.headerMutation)).toEqual({
      set: { 'x-session-token': 'abc' },
      remove: ['x-inner'],
    });
  });

  it('tells plugins who served it', async () => {
    const served: string[] = [];
    const hooks: HookFunctions = {
      progress(_cycle, _decision, progress) {
        if (progress.kind === 'headers') served.push(progress.served.hostPort);
      },
    };
    const setup = start({ hooks, endpoints: ENDPOINTS.slice(0, 2) });
    for (const named of ['10.0.0.1:8000', '10.0.0.2:8000']) {
      const { send } = await request(setup);
      const fields = { 'x-gateway-destination-endpoint-served': { stringValue: named } };
      send({ ...OK, metadataContext: { filterMetadata: { 'envoy.lb': { fields } } } });
    }
    const { send, edits } = await request(setup);
    const fields = { 'x-gateway-destination-endpoint-served': { stringValue: '10.9.9.9:1' } };
    send({ ...OK, metadataContext: { filterMetadata: { 'envoy.lb': { fields } } } });
    expect(served).toEqual(['10.0.0.1:8000', '10.0.0.2:8000', edits!.set['x-gateway-destination-endpoint']]);
  });

  it.each([
    ['body', say.responseBody('', true)],
    ['trailers', say.responseTrailers()],
    ['headers', say.responseHeaders({ ':status': '204' }, true)],
  ])('carries what plugins tell at its end with its last reply: %s', async (_, end) => {
    const hooks: HookFunctions = {
      progress(_cycle, _decision, progress) {
        if (progress.kind === 'complete') progress.setMetadata('ns', 'cost', 4);
      },
    };
    const { transport, send } = await request(start({ hooks }));
    if (!('responseHeaders' in end)) send(OK);
    send(end);
    expect(fromStruct(transport.replies.at(-1)!.dynamicMetadata!)).toEqual({ ns: { cost: 4 } });
  });

  it('to a count of tokens is not followed', async () => {
    const setup = start();
    const { transport } = await request(setup, { headers: { ...POST, ':path': '/v1/messages/count_tokens' } });
    expect(transport.ending).toBe('end');
    expect(setup.outcomes).toMatchObject([{ status: 'ok' }]);
  });
});

describe('a request that a plugin gives up', () => {
  it('is refused in its words while its response comes, and not once all has come', async () => {
    const drafts: DecisionDraft[] = [];
    const rig = start({ hooks: { postChoice: (_cycle, draft) => void drafts.push(draft) } });
    const { transport, send } = await request(rig);
    send(say.responseHeaders({ ':status': '200' }), say.responseBody('{"half":'));
    const why = { status: 429, reason: 'evicted', message: 'request evicted by flow control' } as const;
    expect(drafts[0]!.evict(why)).toBe(true);
    const { status, body, headers } = refusalIn(transport.replies.at(-1)!)!;
    expect({ status: status.code, body: Buffer.from(body!).toString(), ...editsOf(headers) }).toEqual({
      status: 429,
      body: 'inference error: ResourceExhausted - request evicted by flow control',
      set: { 'x-llm-d-request-dropped-reason': 'evicted' },
      remove: [],
    });
    expect(transport.ending).toBe('end');
    await decided();
    expect(rig.outcomes).toMatchObject([{ status: 'evicted', httpStatus: 200 }]);
    expect(rig.pool.openCalls).toBe(0);

    const whole = await request(rig);
    whole.send(say.responseHeaders({ ':status': '200' }), say.responseBody('{}', true));
    expect(drafts[1]!.evict(why)).toBe(false);
  });
});

describe('the log', () => {
  it('has what failed inside, and not who left', async () => {
    const errors: string[] = [];
    const log = { ...silentLogger, error: (message: string) => errors.push(message) };
    const hooks: HookFunctions = { preCall: () => new Promise((resolve) => setImmediate(resolve)) };
    const { open } = start({ hooks, log });
    const { send, stream } = open();
    send(say.requestHeaders(POST, true));
    stream.cancelled();
    await decided();
    expect(errors).toEqual([]);
    const { refused } = await request({
      open: () =>
        openStream(
          new EndpointPicker({ scheduler: { schedule: () => Promise.reject(new Error('inner')) } as never, log }),
        ),
    });
    expect(refused).toMatchObject({ status: 500, body: expect.not.stringContaining('inner') });
    expect(errors).toEqual(['a request could not be placed']);
  });
});

describe('many requests', () => {
  it('with the same id are kept apart', async () => {
    const setup = start();
    const first = await request(setup);
    const second = await request(setup);
    expect(setup.pool.openCalls).toBe(2);
    for (const { send } of [first, second]) send(say.responseHeaders({ ':status': '200' }), say.responseBody('', true));
    expect(setup.pool.openCalls).toBe(0);
  });

  it('that are abandoned leave nothing behind', async () => {
    const setup = start();
    for (let i = 0; i < 10_000; i++) {
      const { stream, send } = setup.open();
      send(say.requestHeaders(POST, i % 3 === 0));
      if (i % 3 === 1) send(say.requestBody(COMPLETION, true));
      if (i % 2 === 0) await null;
      stream.cancelled();
    }
    await decided();
    expect(setup.pool.openCalls).toBe(0);
    expect(setup.outcomes.every(({ status }) => status === 'aborted')).toBe(true);
  });
});
