import type { ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import { vllmgrpcParser } from '@pointsman/inference-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRig, type Rig } from './rig/create-rig.ts';
import { deferred } from './rig/deferred.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import type { Answer } from './rig/model-server.ts';
import { sendHttp2 } from './rig/send.ts';

const METHOD = '/vllm.grpc.engine.VllmEngine/Generate';
const GRPC = { 'content-type': 'application/grpc', te: 'trailers' };
/** One gRPC message. */
const MESSAGE = Buffer.from([0, 0, 0, 0, 5, ...Buffer.from('hello')]);

/** Answers with these messages, as gRPC servers do. */
const answering =
  (...messages: readonly Buffer[]): Answer =>
  (_arrival, response) => {
    response.writeHead(200, { 'content-type': 'application/grpc' });
    response.addTrailers({ 'grpc-status': '0', 'grpc-message': 'fine' });
    for (const message of messages) response.write(message);
    response.end();
  };

describeWithEnvoy.each(['recommended', 'full-duplex'])('gRPC behind Envoy, %s', (config) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig({ config, http2: true, models: 1 });
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  it('carries messages and trailers both ways', async () => {
    rig.models[0]!.answer = answering(MESSAGE, MESSAGE);
    for (const trailers of [undefined, { 'x-sum': '1' }]) {
      const received = await sendHttp2(rig.envoy.origin, { path: METHOD, headers: GRPC, body: MESSAGE }, trailers);
      expect(received).toMatchObject({ status: 200, trailers: { 'grpc-status': '0', 'grpc-message': 'fine' } });
      expect(received.body.equals(Buffer.concat([MESSAGE, MESSAGE]))).toBe(true);
      expect(rig.models[0]!.last?.body.equals(MESSAGE)).toBe(true);
      expect(rig.models[0]!.last?.trailers['x-sum']).toBe(trailers?.['x-sum']);
    }
    await rig.settled();
  });

  it('carries an answer that is trailers only', async () => {
    rig.models[0]!.answer = (_arrival, response) => {
      response.writeHead(200, { 'content-type': 'application/grpc', 'grpc-status': '12' }).end();
    };
    const received = await sendHttp2(rig.envoy.origin, { path: METHOD, headers: GRPC, body: MESSAGE });
    expect(received.headers['grpc-status']).toBe('12');
    await rig.settled();
  });

  it('passes each message of a stream on when it comes', async () => {
    const begun = deferred<ServerResponse>();
    rig.models[0]!.answer = (_arrival, response) => {
      response.writeHead(200, { 'content-type': 'application/grpc' });
      response.addTrailers({ 'grpc-status': '0' });
      response.write(MESSAGE);
      begun.resolve(response);
    };
    const session = connect(rig.envoy.origin);
    const stream = session.request({ ':method': 'POST', ':path': METHOD, ...GRPC });
    stream.end(MESSAGE);
    const parts: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
    expect((await parts.next()).value.equals(MESSAGE)).toBe(true);
    expect(rig.pool.openCalls).toBe(1);
    (await begun.promise).end(MESSAGE);
    expect((await parts.next()).value.equals(MESSAGE)).toBe(true);
    expect((await parts.next()).done).toBe(true);
    session.close();
    await rig.settled();
  });
});

describeWithEnvoy('gRPC that is refused behind Envoy', () => {
  let rig: Rig;
  beforeAll(async () => {
    const server = { parsers: [vllmgrpcParser], limits: { bodyBytes: 1000 } };
    rig = await createRig({ http2: true, models: 1, server });
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  // By itself Envoy says INTERNAL of 400, UNKNOWN of 413.
  it.each([
    ['cut off', MESSAGE.subarray(0, 7), '3', /^inference error: BadRequest - /],
    ['compressed', Buffer.from([1, ...MESSAGE.subarray(1)]), '3', /^inference error: BadRequest - /],
    ['too long', Buffer.alloc(2000), '8', /^inference error: PayloadTooLarge - /],
  ])('has a status of gRPC: a body that is %s', async (_, body, status, message) => {
    const received = await sendHttp2(rig.envoy.origin, { path: METHOD, headers: GRPC, body });
    expect(received).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/grpc', 'grpc-status': status },
    });
    expect(decodeURIComponent(received.headers['grpc-message'] as string)).toMatch(message);
    expect(received.body).toHaveLength(0);
    expect(rig.models[0]!.last).toBeUndefined();
    await rig.settled();
  });
});
