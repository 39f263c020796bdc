import { createSchedulerHost, reject } from '@pointsman/core';
import { randomPicker } from '@pointsman/plugin-selection';
import { describe, expect, it } from 'vitest';
import { EndpointPicker } from '../src/picker/endpoint-picker.ts';
import { BODY_MODE } from '../src/wire/messages.ts';
import {
  bodyOf,
  COMPLETION,
  closeAfterwards,
  ENDPOINTS,
  type HookFunctions,
  list,
  POST,
  request,
  start,
} from './picker-rig.ts';
import { answerOf, editsOf, say } from './proxy-client.ts';
import { openStream } from './recorded-transport.ts';

const { NONE, STREAMED, BUFFERED, BUFFERED_PARTIAL, FULL_DUPLEX_STREAMED } = BODY_MODE;

describe('where a request goes', () => {
  it('says target and fallbacks in header and metadata', async () => {
    const { edits, told } = await request(
      start({ fallbacks: 2, endpoints: ENDPOINTS.slice(0, 1).concat(ENDPOINTS[2]!) }),
    );
    const destination = edits?.set['x-gateway-destination-endpoint'];
    expect(destination?.split(',').sort()).toEqual(['10.0.0.1:8000', '[::1]:8000']);
    expect(told).toEqual({ 'envoy.lb': { 'x-gateway-destination-endpoint': destination } });
  });

  it('brackets IPv6 for requests without a body too', async () => {
    const { edits } = await request(start({ endpoints: [ENDPOINTS[2]!] }), {
      headers: { ':method': 'GET', ':path': '/v1/models' },
      body: '',
    });
    expect(edits?.set['x-gateway-destination-endpoint']).toBe('[::1]:8000');
  });

  it('tells scores when asked to', async () => {
    const { told } = await request(start({ emitsScores: true }));
    expect(told).toMatchObject({
      'envoy.lb': {
        'x-gateway-destination-endpoint-scores': { '10.0.0.1:8000': 0, '10.0.0.2:8000': 0, '[::1]:8000': 0 },
      },
    });
  });

  it.each([
    ['a list', list('10.0.0.2:8000'), '10.0.0.2:8000'],
    ['a text', { stringValue: '10.0.0.9:1, 10.0.0.2:8000' }, '10.0.0.2:8000'],
    ['a text in a list', list('10.0.0.9:1,10.0.0.2:8000'), '10.0.0.2:8000'],
    ['an address', list('10.0.0.2'), '10.0.0.2:8000'],
    ['an IPv6 address', list('::1'), '[::1]:8000'],
    ['an IPv6 address in brackets', list('[::1]'), '[::1]:8000'],
    ['an IPv6 address with a port', list('[::1]:8000'), '[::1]:8000'],
    ['an IPv6 address with a port and no brackets', list('::1:8000'), '[::1]:8000'],
  ] as const)('stays in a subset: %s', async (_, subset, expected) => {
    const { edits } = await request(start(), { subset });
    expect(edits?.set['x-gateway-destination-endpoint']).toBe(expected);
  });

  it.each([
    ['an empty list', list()],
    ['an empty text', { stringValue: '' }],
    ['numbers', { listValue: { values: [{ numberValue: 1 }] } }],
    ['a number', { numberValue: 1 }],
    ['null', { nullValue: 0 }],
    ['another port', list('10.0.0.2:8001')],
    ['nobody', list('10.9.9.9')],
  ] as const)('is nowhere when the subset allows nobody: %s', async (_, subset) => {
    const { refused } = await request(start(), { subset });
    expect(refused).toEqual({
      status: 503,
      body: 'inference error: ServiceUnavailable - failed to find endpoint candidates for serving the request',
      set: { 'x-llm-d-request-dropped-reason': 'rejected-no-endpoints' },
      remove: [],
    });
  });

  it('is anywhere when subsets are ignored', async () => {
    const { edits } = await request(start({ ignoresSubset: true }), { subset: list() });
    expect(edits?.set['x-gateway-destination-endpoint']).toBeDefined();
  });

  it('depends on the pool that serves the model', async () => {
    const pool = (address: string) => ({
      endpoints: [{ address, port: 80 }],
      profiles: { default: { picker: randomPicker() } },
    });
    const scheduler = createSchedulerHost({
      pools: { a: pool('10.0.0.1'), b: pool('10.0.0.2') },
      route: ({ model }) => (model === 'm' ? 'b' : undefined),
    });
    closeAfterwards(scheduler);
    const open = () => openStream(new EndpointPicker({ scheduler }));
    const { edits } = await request({ open });
    expect(edits?.set['x-gateway-destination-endpoint']).toBe('10.0.0.2:80');
    const { refused } = await request({ open }, { body: '{"model":"other","prompt":"x"}' });
    expect(refused?.status).toBe(404);
  });
});

describe('headers of a request', () => {
  it('by which clients would steer are removed, and only those', async () => {
    const { edits } = await request(start(), {
      headers: {
        ...POST,
        'x-gateway-destination-endpoint': '10.9.9.9:80',
        'x-prefiller-host-port': '10.9.9.9:80',
        'x-encoder-hosts-ports': '10.9.9.9:80',
        'x-kv-cache-source-host-port': '10.9.9.9:80',
        'x-llm-d-inference-objective': 'gold',
        'x-llm-d-slo-ttft-ms': '5',
        'x-other': '1',
        'set-cookie': 'a',
      },
    });
    expect(Object.keys(edits!.set)).toEqual(['x-gateway-destination-endpoint']);
    expect(edits!.set['x-gateway-destination-endpoint']).not.toBe('10.9.9.9:80');
    expect([...edits!.remove].sort()).toEqual([
      'x-encoder-hosts-ports',
      'x-kv-cache-source-host-port',
      'x-llm-d-inference-objective',
      'x-llm-d-slo-ttft-ms',
      'x-prefiller-host-port',
    ]);
  });

  it('that may pass do, but never those that steer', async () => {
    const passedHeaders = ['x-llm-d-inference-objective', 'x-prefiller-host-port'];
    const { edits } = await request(start({ passedHeaders }), {
      headers: { ...POST, 'x-llm-d-inference-objective': 'gold', 'x-prefiller-host-port': '10.9.9.9:80' },
    });
    expect(edits?.remove).toEqual(['x-prefiller-host-port']);
  });

  it('that plugins decided are set, or removed when they are empty', async () => {
    const hooks: HookFunctions = {
      postChoice(_, decision) {
        decision.setHeader('x-prefiller-host-port', '10.0.0.7:1');
        decision.setHeader('x-gone', '');
        decision.setHeader('x-odd', 'a\nb\u0000');
      },
    };
    const { edits } = await request(start({ hooks }), {
      headers: { ...POST, 'x-prefiller-host-port': '10.9.9.9:80', 'x-gone': '1' },
    });
    expect(edits).toMatchObject({
      set: { 'x-prefiller-host-port': '10.0.0.7:1', 'x-odd': 'a?b?' },
      remove: ['x-gone'],
    });
  });

  it('include an id, made where there is none', async () => {
    const setup = start();
    const [given, empty, none] = await Promise.all([
      request(setup),
      request(setup, { headers: { ...POST, 'x-request-id': '' } }),
      request(setup, { headers: { ':method': 'POST', ':path': '/v1/completions' } }),
    ]);
    expect(given.edits!.set['x-request-id']).toBeUndefined();
    expect(empty.edits!.set['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(none.edits!.set['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(empty.edits!.set['x-request-id']).not.toBe(none.edits!.set['x-request-id']);
  });

  it('reach plugins whole: repeated ones joined, any names, any bytes', async () => {
    let seen: Readonly<Record<string, string | undefined>> = {};
    const hooks: HookFunctions = {
      preCall(cycle) {
        seen = cycle.request.headers;
      },
    };
    await request(start({ hooks }), {
      headers: [
        [':method', 'POST'],
        [':path', '/v1/completions'],
        ['X-A', '1'],
        ['x-a', '2'],
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
        ['__proto__', 'x'],
      ],
    });
    expect(seen['x-a']).toBe('1, 2');
    expect(seen.cookie).toBe('a=1; b=2');
    expect(Object.keys(seen)).toContain('__proto__');
    expect(seen.constructor).toBeUndefined();
  });

  it('say how long the body really is, whatever the client said', async () => {
    const { edits } = await request(start(), { headers: { ...POST, 'content-length': '5' } });
    expect(edits!.set['content-length']).toBe(String(COMPLETION.length));
  });
});

describe('the model', () => {
  const REWRITE = { ...POST, 'x-llm-d-model-name-rewrite': 'target' };
  const RENAMED = COMPLETION.replace('"m"', '"target"');

  it('is changed in the bytes of the body by the header of a gateway, which is removed', async () => {
    const { edits, transport } = await request(start(), { headers: REWRITE });
    expect(bodyOf(transport.replies, 'requestBody')).toBe(RENAMED);
    expect(edits?.remove).toEqual(['x-llm-d-model-name-rewrite']);
  });

  it('has an older header too; the newer one counts where both are, even empty', async () => {
    const old = { ...POST, 'x-gateway-model-name-rewrite': 'target' };
    expect(bodyOf((await request(start(), { headers: old })).transport.replies, 'requestBody')).toBe(RENAMED);
    const both = { ...old, 'x-llm-d-model-name-rewrite': '' };
    expect(bodyOf((await request(start(), { headers: both })).transport.replies, 'requestBody')).toBe(COMPLETION);
  });

  it('stays when the header is not honoured', async () => {
    const { transport } = await request(start({ honoursModelRewrite: false }), { headers: REWRITE });
    expect(bodyOf(transport.replies, 'requestBody')).toBe(COMPLETION);
  });

  it('may come from whoever amends requests', async () => {
    const { transport } = await request(start({ amendRequest: (input) => ({ ...input, targetModel: 'target' }) }));
    expect(bodyOf(transport.replies, 'requestBody')).toBe(RENAMED);
  });

  it.each([
    [FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED],
    [BUFFERED, BUFFERED],
    [BUFFERED, STREAMED],
  ] as const)('is turned back in the response (request %i, response %i)', async (mode, responseMode) => {
    const { transport, send } = await request(start(), { headers: REWRITE, mode, responseMode });
    transport.replies.length = 0;
    send(
      say.responseHeaders({ ':status': '200', 'content-type': 'text/event-stream', 'content-length': '99' }),
      say.responseBody('data: {"model":"target"}\n\n'),
      say.responseBody('', true),
    );
    const [headers] = transport.replies;
    expect(editsOf(answerOf(headers, 'responseHeaders')?.headerMutation).remove).toEqual(['content-length']);
    expect(headers!.modeOverride).toBeFalsy();
    expect(bodyOf(transport.replies, 'responseBody')).toBe('data: {"model":"m"}\n\n');
  });

  it('is not looked for in a response that is compressed or no JSON', async () => {
    for (const headers of [
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      { 'content-type': 'text/plain' },
    ]) {
      const { transport, send } = await request(start(), { headers: REWRITE });
      transport.replies.length = 0;
      send(say.responseHeaders({ ':status': '200', ...headers }), say.responseBody('{"model":"target"}', true));
      expect(bodyOf(transport.replies, 'responseBody')).toBe('{"model":"target"}');
    }
  });
});

describe('bodies', () => {
  it.each([STREAMED, NONE])('that are not shown are placed unread (%i)', async (mode) => {
    let path: string | undefined;
    const hooks: HookFunctions = {
      preCall: ({ request: { path: seen } }) => {
        path = seen;
      },
    };
    const { edits } = await request(start({ hooks }), { mode });
    expect(edits?.set['x-gateway-destination-endpoint']).toBeDefined();
    expect(path).toBe('/v1/completions');
  });

  it('that may be cut are read when they are whole, and placed unread when they are not', async () => {
    const models: string[] = [];
    const hooks: HookFunctions = {
      preCall: ({ request: { model } }) => {
        models.push(model);
      },
    };
    const setup = start({ hooks });
    const whole = await request(setup, { mode: BUFFERED_PARTIAL });
    const cut = await request(setup, { mode: BUFFERED_PARTIAL, body: COMPLETION.slice(0, 20) });
    expect([whole.edits, cut.edits]).not.toContain(undefined);
    expect(models).toEqual(['m', '']);
  });

  it('of other methods than POST are not read', async () => {
    const { edits } = await request(start(), { headers: { ...POST, ':method': 'PUT' }, body: 'no JSON' });
    expect(edits).toBeDefined();
  });

  it.each([
    ['{"model":', 400, 'BadRequest - error unmarshaling request bodyMap: '],
    ['{"model":"m"}', 400, 'BadRequest - invalid completions request: must have prompt field'],
    ['{"prompt":"x"}', 400, 'BadRequest - model not found in request body'],
  ])('that make no sense are refused: %s', async (body, status, message) => {
    const { refused, transport } = await request(start(), { body });
    expect(refused).toMatchObject({ status, set: {}, body: expect.stringContaining(`inference error: ${message}`) });
    expect(transport.ending).toBe('end');
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x', 'application/grpc', 'no type', ''])(
    'are read for what the path says, whatever type they claim: %s',
    async (type) => {
      const headers = { ...POST, 'content-type': type };
      expect((await request(start(), { headers })).edits?.set['x-gateway-destination-endpoint']).toBeDefined();
      const { refused } = await request(start(), { headers, body: '--x\r\n' });
      expect(refused).toMatchObject({ status: 400, body: expect.stringContaining('BadRequest') });
    },
  );

  it('that are compressed are refused', async () => {
    const { refused } = await request(start(), { headers: { ...POST, 'content-encoding': 'gzip' }, body: '\x1f\x8b' });
    expect(refused).toMatchObject({ status: 415, body: expect.stringContaining('UnsupportedMediaType') });
  });
});

describe('a request that is turned away', () => {
  it('says why, and when to try again', async () => {
    const hooks: HookFunctions = {
      preCall: () => reject({ status: 429, reason: 'rejected-quota', message: 'too much', retryAfterMs: 1500 }),
    };
    const { refused } = await request(start({ hooks }));
    expect(refused).toEqual({
      status: 429,
      body: 'inference error: ResourceExhausted - too much',
      set: { 'x-llm-d-request-dropped-reason': 'rejected-quota', 'retry-after': '2' },
      remove: [],
    });
  });

  it('says so when the scheduler is closed', async () => {
    const setup = start();
    await setup.scheduler.close();
    const { refused } = await request(setup);
    expect(refused).toMatchObject({
      status: 503,
      set: { 'x-llm-d-request-dropped-reason': 'rejected-shutting-down' },
    });
  });

  it('without any endpoint gets 503, also without a body', async () => {
    const setup = start({ endpoints: [] });
    expect((await request(setup)).refused?.status).toBe(503);
    expect((await request(setup, { body: '' })).refused?.status).toBe(503);
  });
});
