import { type EventEmitter, once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, constants } from 'node:http2';
import { afterEach, expect, it } from 'vitest';
import { chat } from './rig/chat.ts';
import { createRig, type Rig, type RigOptions } from './rig/create-rig.ts';
import { deferred } from './rig/deferred.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { evictingPool } from './rig/evicting-pool.ts';
import { sendHttp2 } from './rig/send.ts';
import { extProcFilters } from './rig/shipped-config.ts';

/** The buffered configuration with other modes. */
const withModes = (modes: Readonly<Record<string, string>>, allow = false): RigOptions => ({
  config: 'buffered',
  edit(config) {
    const [filter] = extProcFilters(config);
    Object.assign(filter!.processing_mode as object, modes);
    filter!.allow_mode_override = allow;
  },
});

const SETUPS: Readonly<Record<string, RigOptions>> = {
  recommended: {},
  'full-duplex': { config: 'full-duplex' },
  buffered: { config: 'buffered' },
  'fail-open': { config: 'fail-open', ports: { 'any-model-server': [1, 2] } },
  'response body STREAMED': withModes({ response_body_mode: 'STREAMED' }),
  'response body STREAMED, switched off': withModes({ response_body_mode: 'STREAMED' }, true),
  'request body NONE': withModes({ request_body_mode: 'NONE' }),
  'request body STREAMED': withModes({ request_body_mode: 'STREAMED' }),
};

const REFUSED = {
  status: 429,
  reason: 'evicted',
  body: 'inference error: ResourceExhausted - request evicted by flow control',
  isWhole: true,
};

/** Resolves when it is over, well or not. */
const closing = (stream: EventEmitter) => new Promise<void>((resolve) => stream.once('close', () => resolve()));

/** What a client gets. */
async function received(outgoing: ClientRequest) {
  const [incoming]: [IncomingMessage] = (await once(outgoing, 'response')) as [IncomingMessage];
  let body = '';
  incoming.setEncoding('utf8').on('data', (part: string) => {
    body += part;
  });
  incoming.on('error', () => {});
  await closing(incoming);
  const reason = incoming.headers['x-llm-d-request-dropped-reason'];
  return { status: incoming.statusCode, reason, body, isWhole: incoming.complete };
}

describeWithEnvoy('a request that is given up while it runs', () => {
  let rig: Rig | undefined;
  afterEach(async () => {
    await rig?.[Symbol.asyncDispose]();
    rig = undefined;
  });

  async function start(options: RigOptions) {
    const pool = evictingPool();
    rig = await createRig({ ...options, models: 1, scheduler: pool.scheduler });
    return { ...pool, rig, origin: rig.envoy.origin, model: rig.models[0]! };
  }

  function post(origin: string): ClientRequest {
    const outgoing = request(new URL('/v1/chat/completions', origin), { method: 'POST', agent: false });
    outgoing.on('error', () => {});
    return outgoing;
  }

  it.each(Object.keys(SETUPS))('before the answer: the client is told, the model server stops (%s)', async (name) => {
    const { rig, origin, model, evict, outcomes } = await start(SETUPS[name]!);
    const arrived = deferred();
    const stopped = deferred();
    model.answer = (_arrival, response) => {
      response.once('close', stopped.resolve);
      arrived.resolve();
    };
    const outgoing = post(origin);
    const answer = received(outgoing);
    outgoing.end(chat('m', { bytes: 100_000 }));
    await arrived.promise;
    expect(evict()).toBe(true);
    expect(await answer).toEqual(REFUSED);
    await stopped.promise;
    await rig.settled();
    expect(outcomes).toMatchObject([{ status: 'evicted' }]);
  });

  it.each(Object.keys(SETUPS))('amid the answer: client and model server are cut off (%s)', async (name) => {
    const { rig, origin, model, evict, outcomes } = await start(SETUPS[name]!);
    const stopped = deferred();
    model.answer = (_arrival, response) => {
      response.once('close', stopped.resolve);
      response.setHeader('content-type', 'text/event-stream');
      response.write('data: 1\n\n');
    };
    const outgoing = post(origin);
    outgoing.end(chat('m', { stream: true }));
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    incoming.on('error', () => {});
    await once(incoming, 'data');
    let more = '';
    incoming.on('data', (part) => {
      more += part;
    });
    const closed = closing(incoming);
    expect(evict()).toBe(true);
    await closed;
    expect({ more, isWhole: incoming.complete }).toEqual({ more: '', isWhole: false });
    await stopped.promise;
    await rig.settled();
    expect(outcomes).toMatchObject([{ status: 'evicted', httpStatus: 200 }]);
  });

  it('amid an answer that Envoy still holds: the client is told', async () => {
    const { rig, origin, model, evict, answered } = await start(withModes({ response_body_mode: 'BUFFERED' }));
    const stopped = deferred();
    model.answer = (_arrival, response) => {
      response.once('close', stopped.resolve);
      response.write('{"half":');
    };
    const outgoing = post(origin);
    const answer = received(outgoing);
    outgoing.end(chat('m'));
    await answered;
    expect(evict()).toBe(true);
    expect(await answer).toEqual(REFUSED);
    await stopped.promise;
    await rig.settled();
  });

  it('while the client still sends: it is told', async () => {
    const { rig, origin, model, evict } = await start(SETUPS['request body NONE']!);
    const outgoing = post(origin);
    const answer = received(outgoing);
    outgoing.write('{"model":');
    while (rig.pool.openCalls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(evict()).toBe(true);
    expect(await answer).toEqual(REFUSED);
    expect(model.arrivals).toEqual([]);
    await rig.settled();
  });

  it('over HTTP/2: the stream is reset, others on the connection go on', async () => {
    const { rig, origin, model, evict } = await start({});
    const begun: ServerResponse[] = [];
    model.answer = (_arrival, response) => {
      response.write('data: 1\n\n');
      begun.push(response);
    };
    const session = connect(origin);
    const open = async () => {
      const stream = session.request({ ':method': 'POST', ':path': '/v1/chat/completions' });
      stream.on('error', () => {});
      stream.end(chat('m', { stream: true }));
      await once(stream, 'data');
      return stream;
    };
    const kept = await open();
    const given = await open();
    const closed = closing(given);
    expect(evict()).toBe(true);
    await closed;
    expect(given.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    const rest = once(kept, 'end');
    kept.resume();
    begun[0]!.end('data: 2\n\n');
    await rest;
    expect(kept.rstCode).toBe(0);
    session.close();
    await rig.settled();
  });

  it('over gRPC, before the answer: the client gets a status', async () => {
    const { rig, origin, model, evict } = await start({ http2: true });
    model.answer = () => void evict();
    const { headers } = await sendHttp2(origin, {
      path: '/vllm.grpc.engine.VllmEngine/Generate',
      headers: { 'content-type': 'application/grpc', te: 'trailers' },
      body: Buffer.from([0, 0, 0, 0, 0]),
    });
    // RESOURCE_EXHAUSTED, for 429.
    expect(headers).toMatchObject({
      'grpc-status': '8',
      'grpc-message': REFUSED.body,
      'x-llm-d-request-dropped-reason': 'evicted',
    });
    await rig.settled();
  });

  it('a call whose stream Envoy has ended at the headers goes on', async () => {
    const { rig, origin, model, evict } = await start({
      edit: (config) => {
        delete (extProcFilters(config)[0]!.processing_mode as Record<string, unknown>).response_trailer_mode;
      },
    });
    const begun = deferred<ServerResponse>();
    model.answer = (_arrival, response) => {
      response.write('data: 1\n\n');
      begun.resolve(response);
    };
    const outgoing = post(origin);
    const answer = received(outgoing);
    outgoing.end(chat('m', { stream: true }));
    const response = await begun.promise;
    await rig.settled();
    expect(evict()).toBe(false);
    response.end('data: 2\n\n');
    expect(await answer).toMatchObject({ status: 200, isWhole: true });
  });
});
