import { once } from 'node:events';
import { createServer, request as httpRequest, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createGateway } from '@pointsman/adapter-http';
import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import { builtinPlugins } from '@pointsman/plugins';
import { createRequestTracing } from '@pointsman/telemetry/tracing';
import { expect, it, onTestFinished } from 'vitest';

const BODY = '{"model":"m","prompt":"Hello"}';

/** A gateway in front of one model server, and the spans of what it serves. */
async function start(answer: (response: ServerResponse) => void, endpoint?: string) {
  const model = createServer((request, response) => {
    request.resume();
    if (request.method === 'POST') answer(response);
    else response.end();
  });
  model.listen(0, '127.0.0.1');
  await once(model, 'listening');
  const url = endpoint ?? `http://127.0.0.1:${(model.address() as AddressInfo).port}`;
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const configured = await createConfiguredScheduler({
    catalog: createCatalog(builtinPlugins),
    text: `endpoints: ["${url}"]`,
  });
  const { scheduler } = configured;
  const tracing = createRequestTracing(scheduler, {
    tracer: provider.getTracer('test'),
    propagator: new W3CTraceContextPropagator(),
  });
  await scheduler.start();
  const gateway = createGateway({ scheduler, tracing });
  const server = createServer(gateway.handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(async () => {
    await gateway.close({ graceMs: 0 });
    server.close().closeAllConnections();
    await configured.close();
    await provider.shutdown();
    model.close().closeAllConnections();
  });
  const requests = () => exporter.getFinishedSpans().filter(({ name }) => name === 'gateway.request');
  return {
    port,
    gateway,
    scheduler,
    async send(headers: Readonly<Record<string, string>> = {}, body = BODY) {
      const response = await fetch(`http://127.0.0.1:${port}/v1/completions`, { method: 'POST', body, headers });
      return { status: response.status, text: await response.text() };
    },
    /** The span of the only request, once it has ended. */
    async span() {
      while (requests().length === 0) await new Promise((resolve) => setImmediate(resolve));
      // Whatever would end it a second time has had its turn.
      await new Promise((resolve) => setImmediate(resolve));
      expect(requests()).toHaveLength(1);
      return requests()[0]!;
    },
  };
}

const whole = (response: ServerResponse) => response.end('{}');

it('traces an answer', async () => {
  const rig = await start(whole);
  expect(await rig.send()).toMatchObject({ status: 200 });
  expect((await rig.span()).attributes).toMatchObject({ 'http.response.status_code': 200, 'pointsman.outcome': 'ok' });
});

it('traces a request whose KV cache is nowhere', async () => {
  const rig = await start(whole);
  const { status, text } = await rig.send({ prefer: 'if-available' });
  expect({ status, error: JSON.parse(text).error }).toEqual({
    status: 412,
    error: {
      message: 'no decode worker has the requested KV cache',
      type: 'invalid_request_error',
      param: null,
      code: 'rejected',
    },
  });
  expect((await rig.span()).attributes).toMatchObject({ 'error.type': 'REJECTED' });
});

it('traces a request that no model server answers', async () => {
  const rig = await start(whole, 'http://127.0.0.1:1');
  expect(await rig.send()).toMatchObject({ status: 502 });
  const { attributes, status } = await rig.span();
  expect(attributes).toMatchObject({ 'pointsman.outcome': 'error', 'error.type': 'ModelServerError' });
  expect(status.message).toContain('ECONNREFUSED');
});

it('traces a client that leaves while its request comes', async () => {
  const rig = await start(whole);
  const socket = connect(rig.port, '127.0.0.1');
  socket.write('POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
  while (rig.gateway.openRequests === 0) await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  expect((await rig.span()).attributes).toMatchObject({ 'http.response.status_code': 499 });
});

it('traces a client that leaves while its answer comes', async () => {
  const rig = await start((response) => response.writeHead(200).write('{'));
  const request = httpRequest({ port: rig.port, host: '127.0.0.1', path: '/v1/completions', method: 'POST' });
  request.end(BODY);
  request.on('error', () => {});
  const [response] = await once(request, 'response');
  await once(response, 'data');
  response.on('error', () => {});
  request.destroy();
  expect((await rig.span()).attributes).toMatchObject({ 'pointsman.outcome': 'aborted' });
});

it('traces requests that the gateway gives up when it ends', async () => {
  const rig = await start(() => {});
  const answer = rig.send();
  const pool = rig.scheduler.pools.get('default')!;
  while (pool.openCalls === 0) await new Promise((resolve) => setImmediate(resolve));
  await rig.gateway.close({ graceMs: 0 });
  expect(await answer).toMatchObject({ status: 503 });
  expect((await rig.span()).attributes).toMatchObject({ 'pointsman.outcome': 'shutdown' });
});
