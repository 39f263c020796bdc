import { createScheduler } from '@pointsman/core';
import { afterEach, expect, it } from 'vitest';
import { FLAG, FRAME } from '../../src/http2/frame.ts';
import { createExtProcServer } from '../../src/index.ts';
import { begin, callTo, frame, message, numberFrame, PREFACE, RawClient, settings } from '../http2/raw-client.ts';
import { FULL_DUPLEX, say } from '../proxy-client.ts';
import { EXTERNAL_PROCESSOR } from '../wire/external-processor.ts';
import { encodeRequest } from '../wire/proxy-codec.ts';
import { inOrderPicker } from './in-order-picker.ts';

const STREAMS = 5000;
const BODY = '{"model":"m","messages":[{"role":"user","content":"hello"}]}';
const HEADERS = say.requestHeaders({ ':method': 'POST', ':path': '/v1/chat/completions' });
const CALL = callTo(EXTERNAL_PROCESSOR.path);
/** More than all replies need. */
const WINDOW = 100_000_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What a proxy says on every stream, encoded once. */
const said = (...requests: Parameters<typeof encodeRequest>[0][]) =>
  Buffer.concat(requests.map((request) => message(encodeRequest(request))));

it('holds 5,000 streams at once, answers all of them, and keeps none', async () => {
  const scheduler = createScheduler({
    endpoints: [{ address: '10.0.0.1', port: 8000 }],
    profiles: { default: { picker: inOrderPicker() } },
  });
  ends.push(() => scheduler.close());
  await scheduler.start();
  const server = createExtProcServer({ scheduler });
  ends.push(() => server.close());
  const client = await RawClient.connect(await server.listen({ host: '127.0.0.1', port: 0 }));
  ends.push(() => client.socket.destroy());
  client.send(PREFACE, settings(), numberFrame(FRAME.WINDOW_UPDATE, 0, WINDOW));
  const pool = scheduler.pools.get('default')!;

  const ids = Array.from({ length: STREAMS }, (_, i) => 2 * i + 1);
  const onAll = (make: (id: number) => Buffer) => client.send(...ids.map(make));
  /** Resolves when a frame of this kind has come on every stream. */
  const onEach = (type: number, flag = 0) => {
    const streams = new Set<number>();
    return client.frame((one) => {
      if (one.type === type && (one.flags & flag) === flag) streams.add(one.streamId);
      return streams.size === STREAMS;
    });
  };

  const request = said({ ...HEADERS, ...FULL_DUPLEX }, say.requestBody(BODY.slice(0, 20)));
  const rest = said(say.requestBody(BODY.slice(20), true));
  const response = said(say.responseHeaders({ ':status': '200' }), say.responseBody('{}', true));

  onAll((id) => Buffer.concat([begin(id, CALL), frame(FRAME.DATA, 0, id, request)]));
  await client.roundTrip();
  expect({ streams: server.openStreams, calls: pool.openCalls }).toEqual({ streams: STREAMS, calls: 0 });

  onAll((id) => frame(FRAME.DATA, 0, id, rest));
  await onEach(FRAME.DATA);
  expect({ streams: server.openStreams, calls: pool.openCalls }).toEqual({ streams: STREAMS, calls: STREAMS });

  onAll((id) => frame(FRAME.DATA, FLAG.END_STREAM, id, response));
  await onEach(FRAME.HEADERS, FLAG.END_STREAM);
  expect(client.frames.filter(({ type }) => type === FRAME.RST_STREAM)).toEqual([]);
  expect({ streams: server.openStreams, calls: pool.openCalls }).toEqual({ streams: 0, calls: 0 });
});
