import {
  type Context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Decision, Scheduler, SchedulerEvents } from '@pointsman/core';
import type { RequestHeaders, RequestTrace, RequestTracing } from '@pointsman/inference-api';
import { decisionSpans } from './decision-spans.ts';

/** With what requests are traced. */
export interface RequestTracingOptions {
  /** Default: the tracer `@pointsman/telemetry` of the provider that the process has registered. */
  readonly tracer?: Tracer;
  /** How trace context is read from requests and written to them. Default: what the process has registered. */
  readonly propagator?: Pick<TextMapPropagator, 'inject' | 'extract'>;
}

/** The tracing of a scheduler: for the `tracing` option of the adapters that give it requests. */
export interface SchedulerTracing extends RequestTracing {
  /** No further request is traced to its end. */
  stop(): void;
}

/** A request that is being recorded. */
interface Recorded {
  readonly span: Span;
  readonly context: Context;
}

const now = () => performance.timeOrigin + performance.now();

const carrier: TextMapGetter<RequestHeaders> = {
  get: (headers, name) => headers[name] as string | string[] | undefined,
  keys: (headers) => Object.keys(headers),
};

/**
 * Makes spans of requests, under the names and with the attributes of llm-d's endpoint picker: `gateway.request` from
 * the arrival to the end of the response, below it `gateway.request_orchestration` up to the decision, and below that
 * what the profiles did. Continues the trace of the client, and hands it on to the model server.
 */
export function createRequestTracing(scheduler: Scheduler, options: RequestTracingOptions = {}): SchedulerTracing {
  const tracer = options.tracer ?? trace.getTracer('@pointsman/telemetry');
  const propagator = options.propagator ?? {
    inject: propagation.inject.bind(propagation),
    extract: propagation.extract.bind(propagation),
  };
  // What is not sampled is in neither of them.
  const byHeaders = new WeakMap<object, Recorded>();
  const byDecision = new WeakMap<Decision, Recorded>();

  const finish = (headers: object, { span }: Recorded, endedAt: number) => {
    byHeaders.delete(headers);
    span.end(endedAt);
  };
  const fail = (span: Span, message: string, type: string) => {
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.setAttribute('error.type', type);
  };

  const onDecision = (...[decision, request]: SchedulerEvents['decision']) => {
    const recorded = byHeaders.get(request.headers);
    if (recorded === undefined) return;
    byDecision.set(decision, recorded);
    const { span, context } = recorded;
    span.setAttributes({
      'gen_ai.request.model': request.model,
      'pointsman.pool': decision.pool,
      'pointsman.decision': decision.id,
    });
    decisionSpans({ tracer, context, scheduler, decision, request, endedAt: now() });
  };
  const onRejected = (...[{ pool, request, error }]: SchedulerEvents['rejected']) => {
    const recorded = byHeaders.get(request.headers);
    if (recorded === undefined) return;
    const { span } = recorded;
    span.setAttributes({
      'gen_ai.request.model': request.model,
      'pointsman.pool': pool,
      'http.response.status_code': error.httpStatus,
      ...(error.reason !== undefined && { 'pointsman.reason': error.reason }),
    });
    fail(span, error.message, error.code);
    finish(request.headers, recorded, now());
  };
  const onRetried = (...[{ decision, from, why }]: SchedulerEvents['retried']) =>
    byDecision.get(decision)?.span.addEvent('retried', { 'pointsman.endpoint': from.id, 'pointsman.why': why }, now());
  const onEnded = (...[decision, outcome, request]: SchedulerEvents['ended']) => {
    const recorded = byHeaders.get(request.headers);
    if (recorded === undefined) return;
    const { span } = recorded;
    const { status, httpStatus, usage, firstTokenMs, totalMs, error } = outcome;
    const endedAt = now();
    span.setAttributes({
      'pointsman.endpoint': decision.target.id,
      'pointsman.attempts': decision.attempt,
      'pointsman.outcome': status,
      ...(httpStatus !== undefined && { 'http.response.status_code': httpStatus }),
      ...(usage !== undefined && {
        'gen_ai.usage.input_tokens': usage.promptTokens,
        'gen_ai.usage.output_tokens': usage.outputTokens,
      }),
      ...(usage?.cachedTokens !== undefined && { 'gen_ai.usage.cache_read.input_tokens': usage.cachedTokens }),
    });
    if (firstTokenMs !== undefined) span.addEvent('first_token', undefined, endedAt - totalMs + firstTokenMs);
    if (status === 'error') fail(span, error === undefined ? '' : String(error), 'ModelServerError');
    else if (httpStatus !== undefined && httpStatus >= 400) fail(span, `status ${httpStatus}`, String(httpStatus));
    finish(request.headers, recorded, endedAt);
  };

  scheduler.on('decision', onDecision).on('rejected', onRejected).on('retried', onRetried).on('ended', onEnded);
  return {
    begin(headers): RequestTrace {
      const parent = propagator.extract(ROOT_CONTEXT, headers, carrier);
      const span = tracer.startSpan('gateway.request', { kind: SpanKind.SERVER, startTime: now() }, parent);
      const context = trace.setSpan(parent, span);
      const set: Record<string, string> = {};
      propagator.inject(context, set, { set: (_, name, value) => (set[name] = value) });
      // Whose context made no sense is not continued, and neither is what belongs to it.
      if (set['traceparent'] !== undefined && set['tracestate'] === undefined && headers['tracestate'] !== undefined) {
        set['tracestate'] = '';
      }
      if (!span.isRecording()) return { headers: set, refused() {} };
      const recorded = { span, context };
      byHeaders.set(headers, recorded);
      return {
        headers: set,
        refused(httpStatus, message) {
          if (!byHeaders.has(headers)) return;
          span.setAttribute('http.response.status_code', httpStatus);
          fail(span, message, String(httpStatus));
          finish(headers, recorded, now());
        },
      };
    },
    stop() {
      scheduler.off('decision', onDecision).off('rejected', onRejected).off('retried', onRetried).off('ended', onEnded);
    },
  };
}
