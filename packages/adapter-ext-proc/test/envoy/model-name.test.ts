import { afterEach, expect, it } from 'vitest';
import { chat } from './rig/chat.ts';
import { createRig, type Rig } from './rig/create-rig.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { send } from './rig/send.ts';
import { extProcFilters } from './rig/shipped-config.ts';

let rig: Rig | undefined;

afterEach(async () => {
  await rig?.[Symbol.asyncDispose]();
  rig = undefined;
});

const EVENTS = ['data: {"model":"a-much-longer-name","n":1}\n\n', 'data: {"model":"a-much-', 'longer-name","n":2}\n\n'];

/** A picker that has model servers asked for another model than the client names. */
function renaming(config: string, responseMode?: string): Promise<Rig> {
  return createRig({
    config,
    server: { amendRequest: (input) => ({ ...input, targetModel: 'a-much-longer-name' }) },
    edit(edited) {
      const [filter] = extProcFilters(edited);
      if (responseMode !== undefined) {
        (filter as { processing_mode: Record<string, string> }).processing_mode.response_body_mode = responseMode;
      }
    },
  });
}

describeWithEnvoy('the name of a model behind Envoy', () => {
  it.each([
    ['full-duplex', undefined],
    ['buffered', 'BUFFERED'],
  ] as const)('is changed on the way, and turned back (%s)', async (config, responseMode) => {
    rig = await renaming(config, responseMode);
    const [model] = rig.models;
    model!.answer = (_arrival, response) => {
      response.setHeader('content-type', 'text/event-stream');
      for (const event of EVENTS) response.write(event);
      response.end();
    };
    const streamed = await send(rig.envoy.origin, { body: chat('m0', { stream: true }) });
    expect(model!.last?.body.toString()).toBe(chat('a-much-longer-name', { stream: true }));
    expect(streamed.body.toString()).toBe('data: {"model":"m0","n":1}\n\ndata: {"model":"m0","n":2}\n\n');

    const whole = '{"model":"a-much-longer-name","choices":[]}';
    model!.answer = (_arrival, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length }).end(whole);
    };
    const { status, body } = await send(rig.envoy.origin, { body: chat('m0') });
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: '{"model":"m0","choices":[]}' });
    await rig.settled();
    expect(rig.warnings).toEqual([]);
  });

  it('is turned back in events that come whole, where each piece has to be answered', async () => {
    rig = await renaming('buffered', 'STREAMED');
    rig.models[0]!.answer = (_arrival, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(EVENTS[0]);
    };
    const { body } = await send(rig.envoy.origin, { body: chat('m0', { stream: true }) });
    expect(body.toString()).toBe('data: {"model":"m0","n":1}\n\n');
    await rig.settled();
  });

  it('is that of the model server where bodies of answers are kept, which is said once', async () => {
    rig = await renaming('recommended');
    const whole = '{"model":"a-much-longer-name"}';
    rig.models[0]!.answer = (_arrival, response) => response.end(whole);
    for (let i = 0; i < 2; i++) {
      expect((await send(rig.envoy.origin, { body: chat('m0') })).body.toString()).toBe(whole);
    }
    await rig.settled();
    expect(rig.warnings).toEqual([expect.stringContaining('response_body_mode')]);
  });

  it('does not matter to counts of tokens, which are not followed', async () => {
    rig = await createRig({ config: 'full-duplex' });
    const { status, body } = await send(rig.envoy.origin, { path: '/v1/messages/count_tokens', body: chat('m0') });
    expect({ status, isAnswered: body.length > 0 }).toEqual({ status: 200, isAnswered: true });
    await rig.settled();
  });
});
