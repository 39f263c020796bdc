import { createScheduler, definePlugin, type EndpointSpec, type Outcome, type SchedulerHost } from '@pointsman/core';
import { maxScorePicker } from '@pointsman/plugin-selection';
import { afterEach } from 'vitest';
import { z } from 'zod';
import { EndpointPicker } from '../src/picker/endpoint-picker.ts';
import type { EndpointPickerOptions } from '../src/picker/picker-options.ts';
import { BODY_MODE, type BodyMode, type Value } from '../src/wire/messages.ts';
import { fromStruct } from './conversation/to-wire.ts';
import { answerOf, editsOf, type HeaderList, refusalIn, say } from './proxy-client.ts';
import { openStream } from './recorded-transport.ts';
import type { ProxyReply } from './wire/proxy-messages.ts';

const { BUFFERED_PARTIAL, FULL_DUPLEX_STREAMED } = BODY_MODE;
export const COMPLETION = '{"model":"m","prompt":"Say hello"}';
export const POST = { ':method': 'POST', ':path': '/v1/completions', 'x-request-id': 'r-1' };
export const ENDPOINTS: EndpointSpec[] = [
  { name: 'e1', address: '10.0.0.1', port: 8000 },
  { name: 'e2', address: '10.0.0.2', port: 8000 },
  { name: 'e3', address: '::1', port: 8000 },
];

/** What hooks do in these tests. */
export type HookFunctions = ReturnType<Parameters<typeof definePlugin>[0]['create']>;

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Closes a scheduler when the test is over. */
export function closeAfterwards(scheduler: SchedulerHost): void {
  closers.push(() => scheduler.close());
}

interface Setup extends Partial<EndpointPickerOptions> {
  readonly hooks?: HookFunctions;
  readonly endpoints?: readonly EndpointSpec[];
  readonly fallbacks?: number;
}

export function start({ hooks = {}, endpoints = ENDPOINTS, fallbacks = 0, ...options }: Setup = {}) {
  const hook = definePlugin({ type: 'hooks', description: 'Hooks.', params: z.strictObject({}), create: () => hooks });
  const scheduler = createScheduler({
    endpoints,
    profiles: { default: { picker: maxScorePicker({ maxNumOfEndpoints: 1 + fallbacks }) } },
    plugins: [hook()],
    seed: 'picker',
  });
  closeAfterwards(scheduler);
  const outcomes: Outcome[] = [];
  scheduler.on('ended', (_, outcome) => outcomes.push(outcome));
  const picker = new EndpointPicker({ scheduler, ...options });
  const [pool] = scheduler.pools.values();
  const open = () => openStream(picker);
  return { scheduler, pool: pool!, outcomes, picker, open };
}

export const decided = () => new Promise((resolve) => setImmediate(resolve));

export interface Sent {
  readonly headers?: HeaderList;
  readonly body?: string | Uint8Array;
  readonly subset?: Value;
  readonly mode?: BodyMode;
  readonly responseMode?: BodyMode;
}

/** Sends one request, and waits for its decision. */
export async function request(
  { open }: Pick<ReturnType<typeof start>, 'open'>,
  { headers = POST, body = COMPLETION, subset, mode = FULL_DUPLEX_STREAMED, responseMode = mode }: Sent = {},
) {
  const opened = open();
  const hint = subset && {
    metadataContext: {
      filterMetadata: {
        'envoy.lb.subset_hint': { fields: { 'x-gateway-destination-endpoint-subset': subset } },
      },
    },
  };
  opened.send(
    { ...say.requestHeaders(headers, body === ''), ...say.modes(mode, responseMode), ...hint },
    ...(body === '' ? [] : [say.requestBody(body, mode !== BUFFERED_PARTIAL)]),
  );
  await decided();
  return { ...opened, ...readReply(opened.transport.replies) };
}

/** The reply that steers the request, or refuses it. */
function readReply(replies: readonly ProxyReply[]) {
  for (const reply of replies) {
    const refusal = refusalIn(reply);
    if (refusal !== undefined) {
      const { status, body, headers } = refusal;
      return { refused: { status: status.code, body: Buffer.from(body!).toString(), ...editsOf(headers) } };
    }
    const answer = answerOf(reply, 'requestHeaders') ?? answerOf(reply, 'requestBody');
    if (answer?.clearRouteCache) {
      return {
        edits: editsOf(answer.headerMutation),
        told: reply.dynamicMetadata && fromStruct(reply.dynamicMetadata),
      };
    }
  }
  return {};
}

export function bodyOf(replies: readonly ProxyReply[], kind: 'requestBody' | 'responseBody'): string {
  return replies
    .map((reply) => {
      const mutation = answerOf(reply, kind)?.bodyMutation;
      if (mutation == null) return '';
      const { body, streamedResponse } = mutation as { body?: Uint8Array; streamedResponse?: { body: Uint8Array } };
      return Buffer.from(streamedResponse?.body ?? body ?? []).toString();
    })
    .join('');
}

export const list = (...texts: string[]): Value => ({
  listValue: { values: texts.map((stringValue) => ({ stringValue })) },
});
