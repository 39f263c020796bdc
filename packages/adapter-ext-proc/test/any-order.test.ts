import { createScheduler, type DecisionDraft, definePlugin, type SchedulerHost } from '@pointsman/core';
import { maxScorePicker } from '@pointsman/plugin-selection';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { EndpointPicker } from '../src/picker/endpoint-picker.ts';
import { BODY_MODE, type BodyMode } from '../src/wire/messages.ts';
import { answerOf, say } from './proxy-client.ts';
import { kindOf, openStream } from './recorded-transport.ts';
import type { ProxyReply, ProxyRequest } from './wire/proxy-messages.ts';

/** Makes some decisions take a turn of the event loop. */
const slow = definePlugin({
  type: 'slow',
  description: 'Waits before every other decision.',
  params: z.strictObject({}),
  create: () => {
    let count = 0;
    return {
      preCall: () => (++count % 2 === 0 ? undefined : new Promise<void>((resolve) => setImmediate(resolve))),
    };
  },
});

const drafts: DecisionDraft[] = [];
const evictor = definePlugin({
  type: 'evictor',
  description: 'Keeps what it may give up.',
  params: z.strictObject({}),
  create: () => ({ postChoice: (_cycle, draft) => void drafts.push(draft) }),
});

let scheduler: SchedulerHost;
let decisions = 0;

beforeAll(async () => {
  scheduler = createScheduler({
    endpoints: [{ address: '127.0.0.1', port: 8000 }],
    profiles: { default: { picker: maxScorePicker() } },
    plugins: [slow(), evictor()],
  });
  scheduler.on('decision', () => decisions++);
  await scheduler.start();
});

afterAll(() => scheduler.close());

const HEADERS = { ':method': 'POST', ':path': '/v1/completions', 'content-length': '1', 'x-prefiller-host-port': 'x' };
const COMPLETION = '{"model":"m","prompt":"x"}';
const eos = fc.boolean();
const requestBody = fc.constantFrom(COMPLETION, '{"model":', '"m","prompt":"x"}', '', 'x'.repeat(300));
const responseBody = fc.constantFrom('data: {"model":"t"}\n\n', 'data: {"mod', 'el":"t"}\n\n', '{}', '');
const status = fc.constantFrom('100', '101', '103', '200', '204', '500', '', 'x');

const message: fc.Arbitrary<ProxyRequest> = fc.oneof(
  fc.constantFrom({}, { requestHeaders: { headers: null, endOfStream: false } }),
  eos.map((end) => say.requestHeaders(HEADERS, end)),
  eos.map((end) => say.requestHeaders({ ...HEADERS, 'x-llm-d-model-name-rewrite': 't' }, end)),
  eos.map((end) => say.requestHeaders({ ':method': 'GET', ':path': '/v1/realtime', upgrade: 'websocket' }, end)),
  fc.tuple(requestBody, eos).map(([body, end]) => say.requestBody(body, end)),
  fc.constant(say.requestTrailers()),
  fc
    .tuple(status, eos)
    .map(([code, end]) => say.responseHeaders({ ':status': code, 'content-type': 'text/event-stream' }, end)),
  fc.tuple(responseBody, eos).map(([body, end]) => say.responseBody(body, end)),
  fc.constant(say.responseTrailers()),
);

type Step = ProxyRequest | 'wait' | 'half-close' | 'abort' | 'evict';

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: message },
  { weight: 2, arbitrary: fc.constant<Step>('wait') },
  { weight: 1, arbitrary: fc.constantFrom<Step>('half-close', 'abort', 'evict') },
);

/** Steps as a proxy takes them, here and there disturbed: at random alone little would ever be decided. */
const conversation = fc.oneof(
  fc.array(step, { maxLength: 12 }),
  fc.tuple(fc.array(fc.tuple(fc.nat(6), step), { maxLength: 3 }), fc.boolean()).map(([disturbances, isStream]) => {
    const steps: Step[] = [
      say.requestHeaders(isStream ? { ...HEADERS, 'x-llm-d-model-name-rewrite': 't' } : HEADERS),
      say.requestBody(COMPLETION, true),
      'wait',
      say.responseHeaders({ ':status': '200', 'content-type': 'text/event-stream' }),
      say.responseBody('data: {"model":"t"}\n\n'),
      say.responseBody('', true),
    ];
    for (const [at, disturbance] of disturbances) steps.splice(at, 0, disturbance);
    return steps;
  }),
);

const mode = fc.constantFrom<BodyMode>(...Object.values(BODY_MODE));
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('whatever comes in whatever order: nothing stays open, nothing is decided twice, replies are in order', async () => {
  const picker = new EndpointPicker({ scheduler });
  await fc.assert(
    fc.asyncProperty(conversation, mode, mode, async (steps, requestMode, responseMode) => {
      const before = decisions;
      drafts.length = 0;
      const { stream, transport, send, budget } = openStream(picker, { bodyLimit: 500 });
      const sent: ProxyRequest[] = [];
      let isFirst = true;
      for (const taken of steps) {
        if (taken === 'wait') await turn();
        else if (taken === 'evict') drafts.at(-1)?.evict({ status: 429, reason: 'evicted' });
        else if (taken === 'half-close') stream.halfClosed();
        else if (taken === 'abort') {
          stream.cancelled();
          transport.ending ??= 'end';
        } else {
          send(isFirst ? { ...taken, ...say.modes(requestMode, responseMode) } : taken);
          if (transport.ending === undefined) sent.push(taken);
          isFirst = false;
        }
      }
      await turn();
      await turn();
      stream.halfClosed();
      stream.cancelled();
      expect([...scheduler.pools.values()].map(({ openCalls }) => openCalls)).toEqual([0]);
      expect(budget.used).toBe(0);
      expect(decisions - before).toBeLessThanOrEqual(1);
      expect(outOfOrder(transport.replies)).toEqual([]);
      expect(unasked(transport.replies, sent)).toEqual([]);
      expect(misplaced(transport.replies, requestMode, responseMode)).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

const RANK: Readonly<Record<string, number>> = { Headers: 0, Body: 1, Trailers: 2 };

/** What is wrong with the order of replies. */
function outOfOrder(replies: readonly ProxyReply[]): string[] {
  const wrong: string[] = [];
  for (const direction of ['request', 'response']) {
    let rank = 0;
    let isEnded = false;
    for (const reply of replies) {
      const kind = kindOf(reply);
      if (!kind.startsWith(direction)) continue;
      const at = RANK[kind.slice(direction.length)]!;
      if (at < rank) wrong.push(`${kind} is late`);
      if (at === 2 && rank === 2) wrong.push(`${kind} twice`);
      if (at === 1 && isEnded) wrong.push(`${kind} after its end`);
      const body = (
        reply as unknown as Record<
          string,
          { response?: { bodyMutation?: { streamedResponse?: { endOfStream: boolean } } } }
        >
      )[kind];
      isEnded ||= body?.response?.bodyMutation?.streamedResponse?.endOfStream === true;
      rank = at;
    }
  }
  const refusal = replies.findIndex((reply) => kindOf(reply) === 'immediateResponse');
  if (refusal !== -1 && refusal !== replies.length - 1) wrong.push('replies after a refusal');
  return wrong;
}

/** Replies to headers and trailers that did not come: Envoy gives such a stream up. */
function unasked(replies: readonly ProxyReply[], sent: readonly ProxyRequest[]): string[] {
  const wrong: string[] = [];
  for (const kind of ['requestTrailers', 'responseHeaders', 'responseTrailers'] as const) {
    const asked = sent.filter((one) => one[kind] != null).length;
    if (replies.filter((reply) => kindOf(reply) === kind).length > asked) wrong.push(kind);
  }
  return wrong;
}

/** Pieces of body for a proxy that does not stream that body both ways: Envoy gives such a stream up, too. */
function misplaced(replies: readonly ProxyReply[], requestMode: BodyMode, responseMode: BodyMode): string[] {
  return (['requestBody', 'responseBody'] as const).filter((kind) => {
    const mode = kind === 'requestBody' ? requestMode : responseMode;
    const streams = replies.some(
      (reply) => (answerOf(reply, kind)?.bodyMutation as Streamed)?.streamedResponse != null,
    );
    return streams && mode !== BODY_MODE.FULL_DUPLEX_STREAMED;
  });
}

type Streamed = { readonly streamedResponse?: unknown } | null | undefined;
