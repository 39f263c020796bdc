import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { createScheduler, defineFilter, definePicker, definePlugin, defineScorer, reject } from '@pointsman/core';
import type { RequestHeaders } from '@pointsman/inference-api';
import { afterEach, describe, expect, it } from 'vitest';
import { createRequestTracing } from './index.ts';

const notTheThird = defineFilter({
  type: 'not-the-third',
  create: () => ({ keep: ({ id }) => id !== 'default/c' || 'it is the third' }),
});
const firstLetter = defineScorer({
  type: 'first-letter',
  create: () => ({ score: ({ id }) => (id === 'default/a' ? 1 : 0.5) }),
});
const inOrder = definePicker({
  type: 'in-order',
  create: () => ({
    pick(candidates, _totals, _cycle, order) {
      for (let i = 0; i < candidates.length; i++) order[i] = i;
      return candidates.length;
    },
  }),
});
const strict = definePlugin({
  type: 'strict',
  create: () => ({
    preCall({ request }) {
      if (request.model === 'forbidden') reject({ status: 403, reason: 'forbidden-model' });
    },
  }),
});

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const traceparent = (flags: string) => `00-${TRACE_ID}-${PARENT_ID}-${flags}`;

let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

function start(root = new AlwaysOnSampler()) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    sampler: new ParentBasedSampler({ root }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const scheduler = createScheduler({
    endpoints: ['a', 'b', 'c'].map((name, i) => ({ name, address: '10.0.0.1', port: 8000 + i })),
    plugins: [strict()],
    profiles: {
      default: { filters: [notTheThird()], scorers: [[firstLetter().as('letters'), 2]], picker: inOrder() },
    },
  });
  const tracing = createRequestTracing(scheduler, {
    tracer: provider.getTracer('test'),
    propagator: new W3CTraceContextPropagator(),
  });
  stop = async () => {
    tracing.stop();
    await scheduler.close();
    await provider.shutdown();
  };
  const send = async (headers: Record<string, string>, model = 'm') => {
    const { headers: onward } = tracing.begin(headers);
    const call = await scheduler.schedule({ id: 'r1', model, targetModel: 'n', priority: 3, headers });
    return { call, onward };
  };
  /** Listeners are told after the fact. */
  const told = () => new Promise<void>((resolve) => queueMicrotask(resolve));
  return { scheduler, tracing, send, told, spans: () => exporter.getFinishedSpans() };
}

const byName = (spans: readonly ReadableSpan[]) => new Map(spans.map((span) => [span.name, span]));
const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId;
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
const ms = ([seconds, nanos]: readonly [number, number]) => seconds * 1000 + nanos / 1e6;

describe('traces of requests', () => {
  it('show the request, its decision and what the profile did', async () => {
    const { send, told, spans } = start();
    const { call } = await send({});
    call.responseHeaders(200);
    call.firstToken();
    call.end({ usage: { promptTokens: 10, cachedTokens: 4, outputTokens: 3 } });
    await told();
    const made = byName(spans());
    const request = made.get('gateway.request');
    const orchestration = made.get('gateway.request_orchestration');
    const profile = made.get('run_scheduler_profile');
    const scoring = made.get('llm_d.epp.scoring');
    expect([...made.keys()]).toEqual([
      'gateway.request_orchestration',
      'run_scheduler_profile',
      'filter_endpoints',
      'llm_d.epp.scoring',
      'llm_d.epp.scorer.first-letter',
      'pick_endpoints',
      'gateway.request',
    ]);
    expect(parentOf(request)).toBeUndefined();
    expect(parentOf(orchestration)).toBe(idOf(request));
    expect(parentOf(profile)).toBe(idOf(orchestration));
    for (const name of ['filter_endpoints', 'llm_d.epp.scoring', 'pick_endpoints']) {
      expect(parentOf(made.get(name))).toBe(idOf(profile));
    }
    expect(parentOf(made.get('llm_d.epp.scorer.first-letter'))).toBe(idOf(scoring));
    expect(request?.kind).toBe(SpanKind.SERVER);
    expect(request?.status.code).toBe(SpanStatusCode.UNSET);
    expect(request?.attributes).toEqual({
      'gen_ai.request.model': 'm',
      'pointsman.pool': 'default',
      'pointsman.decision': 'default:1',
      'pointsman.endpoint': 'default/a',
      'pointsman.attempts': 1,
      'pointsman.outcome': 'ok',
      'http.response.status_code': 200,
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 3,
      'gen_ai.usage.cache_read.input_tokens': 4,
    });
    expect(request?.events.map(({ name }) => name)).toEqual(['first_token']);
    expect(orchestration?.attributes).toEqual({
      target_model: 'n',
      request_prio: 3,
      'gen_ai.request.model': 'm',
      'gen_ai.request.id': 'r1',
    });
    expect(profile?.attributes).toEqual({ 'llm_d.epp.scheduling.profile.name': 'default' });
    expect(made.get('filter_endpoints')?.attributes).toEqual({
      'llm_d.epp.filter.candidate_endpoints': 3,
      'llm_d.epp.filter.filtered_endpoints': 2,
    });
    expect(scoring?.attributes).toEqual({ 'llm_d.epp.scorer.count': 1, 'llm_d.epp.scoring.candidate_endpoints': 2 });
    expect(made.get('llm_d.epp.scorer.first-letter')?.attributes).toEqual({
      'llm_d.epp.scorer.type': 'first-letter',
      'llm_d.epp.scorer.name': 'letters',
      'llm_d.epp.scorer.weight': 2,
      'llm_d.epp.scorer.candidate_endpoints': 2,
      'llm_d.epp.scorer.endpoints_scored': 2,
      'llm_d.epp.scorer.score.max': 1,
      'llm_d.epp.scorer.score.avg': 0.75,
    });
    expect(made.get('pick_endpoints')?.attributes).toEqual({
      'llm_d.epp.picker.candidate_endpoints': 2,
      'llm_d.epp.picker.top_endpoints': ['default/a', 'default/b'],
      'llm_d.epp.picker.top_scores': [2, 1],
    });
    for (const span of spans()) expect(ms(span.endTime)).toBeGreaterThanOrEqual(ms(span.startTime));
  });

  it('continue the trace of the client and hand it on', async () => {
    const { send, told, spans } = start();
    const { call, onward } = await send({ traceparent: traceparent('01'), tracestate: 'a=b' });
    call.end();
    await told();
    const request = byName(spans()).get('gateway.request');
    expect(parentOf(request)).toBe(PARENT_ID);
    expect(onward).toEqual({ traceparent: `00-${TRACE_ID}-${idOf(request)}-01`, tracestate: 'a=b' });
  });

  it('follow the decision of the client not to record', async () => {
    const { send, told, spans } = start();
    const { call, onward } = await send({ traceparent: traceparent('00') });
    call.end();
    await told();
    expect(spans()).toEqual([]);
    expect(onward['traceparent']).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-00$`));
    expect(onward['traceparent']).not.toContain(PARENT_ID);
  });

  it('begin anew where there is none, or none that makes sense', async () => {
    const { send, told } = start(new AlwaysOffSampler());
    const none = await send({});
    expect(none.onward).toEqual({ traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/) });
    const bad = await send({ traceparent: '00-zz-zz-01', tracestate: 'a=b' });
    expect(bad.onward).toEqual({
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
      tracestate: '',
    });
    none.call.end();
    bad.call.end();
    await told();
  });

  it('tell failures and moves to another endpoint', async () => {
    const { send, told, spans } = start();
    const { call } = await send({});
    call.next('connect refused');
    call.end({ error: new Error('reset') });
    await told();
    const request = byName(spans()).get('gateway.request');
    expect(request?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'Error: reset' });
    expect(request?.attributes).toMatchObject({
      'pointsman.endpoint': 'default/b',
      'pointsman.attempts': 2,
      'pointsman.outcome': 'error',
      'error.type': 'ModelServerError',
    });
    expect(request?.events).toMatchObject([
      { name: 'retried', attributes: { 'pointsman.endpoint': 'default/a', 'pointsman.why': 'connect refused' } },
    ]);
    const { call: second } = await send({});
    second.end({ httpStatus: 500 });
    await told();
    expect(spans().at(-1)).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'status 500' },
      attributes: { 'error.type': '500', 'http.response.status_code': 500 },
    });
  });

  it('end with a refusal, and only once', async () => {
    const { tracing, scheduler, send, told, spans } = start();
    await expect(send({}, 'forbidden')).rejects.toMatchObject({ code: 'REJECTED' });
    await told();
    expect(spans()).toMatchObject([
      {
        name: 'gateway.request',
        status: { code: SpanStatusCode.ERROR },
        attributes: {
          'error.type': 'REJECTED',
          'http.response.status_code': 403,
          'pointsman.reason': 'forbidden-model',
        },
      },
    ]);
    const headers: RequestHeaders = {};
    const unread = tracing.begin(headers);
    unread.refused(400, 'no JSON');
    unread.refused(500, 'again');
    expect(spans().slice(1)).toMatchObject([
      { status: { message: 'no JSON' }, attributes: { 'error.type': '400', 'http.response.status_code': 400 } },
    ]);
    // A request that was not begun is not traced.
    (await scheduler.schedule({ model: 'm', headers: {} })).end();
    await told();
    expect(spans()).toHaveLength(2);
  });
});
