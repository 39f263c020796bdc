import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { CommandFailure } from '../src/command-failure.ts';
import { readTraceSettings } from '../src/tracing/trace-settings.ts';
import { Collector } from './collector.ts';
import { RunningCommand } from './command.ts';
import { processChat } from './grpc.ts';

vi.setConfig({ testTimeout: 120_000 });

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${PARENT_ID}-01`;
const HOST = ['--host', '127.0.0.1', '--json'];

const environment = (collector: Collector, more: Readonly<Record<string, string>> = {}) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_TRACES_SAMPLER_ARG: '1',
  ...more,
});

/** A model server that tells with which headers it was asked. */
async function startModel() {
  let seen: IncomingHttpHeaders | undefined;
  const server = createServer((request, response) => {
    if (request.url === '/v1/completions') seen = request.headers;
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => seen,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close().closeAllConnections();
      await closed;
    },
  };
}

const post = (url: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });

describe('--tracing', { concurrent: true }, () => {
  it('sends the spans of a gateway, and continues the trace of the client to the model server', async () => {
    await using collector = await Collector.start();
    await using model = await startModel();
    const args = ['gateway', '--endpoints', model.url, '--port', '0', '--admin-port', '0', '--tracing', ...HOST];
    const env = environment(collector, { OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=ns' });
    await using gateway = await RunningCommand.start(args, undefined, env);
    const { gateway: url } = gateway.announced as { gateway: string };
    const headers = { traceparent: TRACEPARENT, tracestate: 'a=b', 'x-request-id': 'r1' };
    const answer = await post(url, '{"model":"m","prompt":"Hello"}', headers);
    expect(answer.status).toBe(200);
    await answer.text();
    expect((await post(url, 'no JSON')).status).toBe(400);
    // What is left is sent at the end.
    expect(await gateway.end('SIGINT')).toBe(0);

    const request = await collector.until((spans) =>
      spans.find(({ name, traceId }) => name === 'gateway.request' && traceId === TRACE_ID),
    );
    expect(request).toMatchObject({
      parentSpanId: PARENT_ID,
      attributes: {
        'gen_ai.request.model': 'm',
        'gen_ai.usage.output_tokens': 2,
        'http.response.status_code': 200,
        'pointsman.outcome': 'ok',
      },
      resource: { 'service.name': 'pointsman-gateway', 'service.namespace': 'ns' },
    });
    expect(model.seen()).toMatchObject({
      traceparent: `00-${TRACE_ID}-${request.spanId}-01`,
      tracestate: 'a=b',
      'x-request-id': 'r1',
    });
    const orchestration = await collector.until((spans) =>
      spans.find(({ name }) => name === 'gateway.request_orchestration'),
    );
    expect(orchestration).toMatchObject({ parentSpanId: request.spanId, attributes: { 'gen_ai.request.id': 'r1' } });
    const refused = await collector.until((spans) =>
      spans.find(({ name, traceId }) => name === 'gateway.request' && traceId !== TRACE_ID),
    );
    expect(refused.attributes).toMatchObject({ 'http.response.status_code': 400 });
  });

  it('sends the spans of a picker', async () => {
    await using collector = await Collector.start();
    const ports = ['--grpc-port', '0', '--grpc-health-port', '0', '--metrics-port', '0', '--secure-serving=false'];
    const config = ['--config-text', 'endpoints: [http://10.0.0.7:8000]'];
    const env = environment(collector, { OTEL_EXPORTER_OTLP_PROTOCOL: '' });
    await using epp = await RunningCommand.start(
      ['epp', ...config, ...ports, '--tracing=true', ...HOST],
      undefined,
      env,
    );
    const { picker } = epp.announced as { picker: number };
    const set = await processChat(picker, 'm');
    expect(set['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(await epp.end('SIGINT')).toBe(0);
    expect([...collector.contentTypes]).toEqual(['application/x-protobuf']);
  });

  it('does without a collector that is not there', async () => {
    await using model = await startModel();
    const args = ['gateway', '--endpoints', model.url, '--port', '0', '--admin-port', '0', '--tracing', ...HOST];
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_TIMEOUT: '200' };
    await using gateway = await RunningCommand.start(args, undefined, { ...env, OTEL_TRACES_SAMPLER: 'always_on' });
    const { gateway: url } = gateway.announced as { gateway: string };
    expect((await post(url, '{"model":"m","prompt":"Hello"}')).status).toBe(200);
    expect(await gateway.end('SIGINT')).toBe(0);
  });
});

describe('the variables of OpenTelemetry', () => {
  const ratio = (variables: Readonly<Record<string, string>>) => readTraceSettings(variables)?.ratio;

  it('have the defaults of llm-d, but for where spans go', () => {
    expect(readTraceSettings({})).toEqual({ exporters: ['otlp'], protocol: 'http/protobuf', ratio: 0.1 });
  });

  it('are honoured', () => {
    expect(readTraceSettings({ OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    expect(readTraceSettings({ OTEL_TRACES_EXPORTER: 'none' })?.exporters).toEqual([]);
    expect(readTraceSettings({ OTEL_TRACES_EXPORTER: 'console, otlp' })?.exporters).toEqual(['console', 'otlp']);
    expect(readTraceSettings({ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' })?.protocol).toBe('http/json');
    expect(ratio({ OTEL_TRACES_SAMPLER_ARG: '0.5' })).toBe(0.5);
    expect(ratio({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' })).toBe(0.1);
    expect(ratio({ OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACES_SAMPLER_ARG: 'x' })).toBeUndefined();
  });

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER is "zipkin"; expected otlp, console or none'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'listen for HTTP too, usually on port 4318'],
    [{ OTEL_TRACES_SAMPLER: 'sometimes' }, 'OTEL_TRACES_SAMPLER is "sometimes"'],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, 'OTEL_TRACES_SAMPLER_ARG is "2"; expected a number from 0 to 1'],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'half' }, 'is "half"'],
  ])('are refused when they make no sense: %j', (variables, message) => {
    expect(() => readTraceSettings(variables as Readonly<Record<string, string>>)).toThrow(
      expect.objectContaining({ constructor: CommandFailure, exitCode: 2, message: expect.stringContaining(message) }),
    );
  });
});
