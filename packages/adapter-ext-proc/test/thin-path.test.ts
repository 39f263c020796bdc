import { createScheduler } from '@pointsman/core';
import { maxScorePicker } from '@pointsman/plugin-selection';
import { afterEach, describe, expect, it } from 'vitest';
import { createExtProcServer, type ExtProcServer } from '../src/index.ts';
import { editsOf, FULL_DUPLEX, ProxyClient, say } from './proxy-client.ts';

const BODY = '{"model":"m","prompt":"Say hello","max_tokens":5}';
const POST = { ':method': 'POST', ':path': '/v1/completions', 'content-length': '49', 'x-request-id': 'r-1' };

let server: ExtProcServer | undefined;
let client: ProxyClient | undefined;

afterEach(() => {
  client?.close();
  server?.close();
});

async function start() {
  const scheduler = createScheduler({
    endpoints: [{ address: '127.0.0.1', port: 8000 }],
    profiles: { default: { picker: maxScorePicker() } },
  });
  await scheduler.start();
  server = createExtProcServer({ scheduler });
  client = new ProxyClient(await server.listen({ host: '127.0.0.1', port: 0 }));
  return { scheduler, client };
}

describe('a request and its response over a socket', () => {
  it('full duplex', async () => {
    const { scheduler, client: proxy } = await start();
    const stream = proxy.open();
    stream.send({ ...say.requestHeaders(POST), ...FULL_DUPLEX }, say.requestBody(BODY, true));
    const [headers, body] = await stream.receive(2);
    expect(headers).toMatchObject({ requestHeaders: { response: { clearRouteCache: true } } });
    if (!('requestHeaders' in headers!)) throw new Error('no header reply');
    expect(editsOf(headers.requestHeaders.response?.headerMutation)).toEqual({
      set: { 'x-gateway-destination-endpoint': '127.0.0.1:8000', 'content-length': '49' },
      remove: [],
    });
    expect(headers.dynamicMetadata?.fields['envoy.lb']?.structValue?.fields).toMatchObject({
      'x-gateway-destination-endpoint': { stringValue: '127.0.0.1:8000' },
    });
    expect(body).toMatchObject({
      requestBody: { response: { bodyMutation: { streamedResponse: { endOfStream: true } } } },
    });
    expect(scheduler.pools.values().next().value?.openCalls).toBe(1);

    stream.send(say.responseHeaders({ ':status': '200' }), say.responseBody('{}', true));
    await stream.receive(4);
    expect(scheduler.pools.values().next().value?.openCalls).toBe(0);
    stream.halfClose();
    expect(await stream.ended).toMatchObject({ code: 0 });
  });
});
