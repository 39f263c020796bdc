import { describe, expect, it } from 'vitest';
import { answerOf, editsOf, type HeaderList, refusalIn, say } from '../../test/proxy-client.ts';
import { openStream } from '../../test/recorded-transport.ts';
import { BODY_MODE, type BodyMode } from '../wire/messages.ts';
import { type BodyRouterOptions, createBodyRouter } from './body-router.ts';

const { NONE, STREAMED, BUFFERED, BUFFERED_PARTIAL, FULL_DUPLEX_STREAMED } = BODY_MODE;
const POST = { ':method': 'POST', ':path': '/v1/chat/completions' };
const BASES = { qwen: ['foo', 'bar'], llama: [] };

interface Sent {
  readonly headers?: HeaderList;
  readonly body?: string;
  readonly mode?: BodyMode;
  readonly isCut?: boolean;
}

function route(options: BodyRouterOptions, { headers = POST, body = '', mode = FULL_DUPLEX_STREAMED, isCut }: Sent) {
  const { transport, send } = openStream(createBodyRouter(options));
  const isEmpty = body === '';
  send({ ...say.requestHeaders(headers, isEmpty), ...say.modes(mode, mode) });
  if (!isEmpty) send(say.requestBody(body, isCut !== true));
  const answers = transport.replies.flatMap((reply) => {
    const answer = answerOf(reply, 'requestHeaders') ?? answerOf(reply, 'requestBody');
    return answer?.clearRouteCache ? [answer] : [];
  });
  return {
    transport,
    edits: answers.length === 0 ? undefined : editsOf(answers[0]!.headerMutation),
    refusal: transport.replies.map(refusalIn).find((refusal) => refusal !== undefined),
  };
}

describe('a body router', () => {
  it.each([FULL_DUPLEX_STREAMED, BUFFERED, BUFFERED_PARTIAL])('lifts the model into a header (mode %i)', (mode) => {
    const { edits, transport } = route({}, { body: '{"model":"foo","messages":[]}', mode });
    expect(edits).toEqual({ set: { 'x-gateway-model-name': 'foo' }, remove: [] });
    expect(transport.ending).toBe('end');
  });

  it('sends the body back as it came where the mode asks for it', () => {
    const body = `{"model":"foo","prompt":"${'x'.repeat(900)}"}`;
    const { transport } = route({}, { body, headers: { ...POST, 'content-length': String(body.length) } });
    expect(transport.kinds).toEqual(['requestHeaders', 'requestBody']);
    const mutation = answerOf(transport.replies[1], 'requestBody')?.bodyMutation;
    expect(mutation && 'streamedResponse' in mutation && Buffer.from(mutation.streamedResponse.body).toString()).toBe(
      body,
    );
    expect(editsOf(answerOf(transport.replies[0], 'requestHeaders')?.headerMutation).set['content-length']).toBe(
      String(body.length),
    );
  });

  it.each([
    ['foo', 'qwen'],
    ['bar', 'qwen'],
    ['qwen', 'qwen'],
    ['llama', 'llama'],
    ['unknown', undefined],
    ['constructor', undefined],
  ])('knows the base model of %s', (model, base) => {
    const { edits } = route({ baseModels: BASES }, { body: JSON.stringify({ model }) });
    expect(edits?.set['x-gateway-model-name']).toBe(model);
    expect(edits?.set['x-gateway-base-model-name']).toBe(base);
  });

  it('looks base models up anew for each request, if they are a function', () => {
    let bases = { a: ['m'] } as Record<string, string[]>;
    const options = { baseModels: () => bases, baseModelHeader: 'X-Base' };
    expect(route(options, { body: '{"model":"m"}' }).edits?.set['x-base']).toBe('a');
    bases = { b: ['m'] };
    expect(route(options, { body: '{"model":"m"}' }).edits?.set['x-base']).toBe('b');
  });

  it('lifts other fields', () => {
    const fields = [
      { field: 'user', header: 'X-User' },
      { field: 'n', header: 'X-N' },
      { field: 'stream', header: 'X-Stream' },
      { field: 'meta', header: 'X-Meta' },
    ];
    const { edits } = route({ fields }, { body: '{"user":"u","n":2,"stream":true,"meta":{"a":[1]},"model":"m"}' });
    expect(edits?.set).toEqual({ 'x-user': 'u', 'x-n': '2', 'x-stream': 'true', 'x-meta': '{"a":[1]}' });
  });

  it.each([
    ['without a model', { body: '{"prompt":"x"}' }],
    ['with an empty model', { body: '{"model":""}' }],
    ['with null for a model', { body: '{"model":null}' }],
    ['without a body', {}],
    ['that is no JSON', { body: 'model=foo', headers: { ...POST, 'content-type': 'text/plain' } }],
    ['that is no object', { body: '["model"]' }],
    ['whose body is cut', { body: '{"model":"fo', mode: BUFFERED_PARTIAL, isCut: true }],
    ['whose body is not shown', { body: '{"model":"foo"}', mode: STREAMED }],
    ['whose body is kept', { body: '{"model":"foo"}', mode: NONE }],
  ] as const)('lets no header of the client stand in a request %s', (_, sent: Sent) => {
    const spoofed = { 'x-gateway-model-name': 'spoof', 'x-gateway-base-model-name': 'spoof' };
    const { edits } = route({ baseModels: BASES }, { ...sent, headers: { ...POST, ...sent.headers, ...spoofed } });
    expect(edits).toEqual({ set: {}, remove: ['x-gateway-model-name', 'x-gateway-base-model-name'] });
  });

  it('refuses JSON that is none', () => {
    const { refusal } = route({}, { body: '{"model":' });
    expect(refusal?.status.code).toBe(400);
    expect(Buffer.from(refusal!.body!).toString()).toMatch(
      /^inference error: BadRequest - failed to parse request body: /,
    );
  });
});
