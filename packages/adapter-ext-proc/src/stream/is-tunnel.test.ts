import { describe, expect, it } from 'vitest';
import { answerOf, say } from '../../test/proxy-client.ts';
import { openStream } from '../../test/recorded-transport.ts';
import { NO_EDITS } from '../reply/header-edits.ts';
import { BODY_MODE } from '../wire/messages.ts';
import { isTunnel } from './is-tunnel.ts';
import type { Onward, Processor } from './processor.ts';

const { FULL_DUPLEX_STREAMED, NONE } = BODY_MODE;
const ONWARD: Onward = { edits: NO_EDITS, clearsRoute: true, followsResponse: true };

/** A WebSocket whose request waits until the test decides. */
function open({ bodyLimit = 1000 } = {}) {
  let decide = (_onward: Onward) => {};
  const processor: Processor = {
    process: () =>
      new Promise((resolve) => {
        decide = resolve;
      }),
  };
  const opened = openStream(processor, { bodyLimit });
  opened.send({
    ...say.requestHeaders({ ':method': 'GET', upgrade: 'websocket' }),
    ...say.modes(FULL_DUPLEX_STREAMED, NONE),
  });
  const settle = async () => {
    decide(ONWARD);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const passedOn = () =>
    opened.transport.replies.flatMap((reply) => {
      const mutation = answerOf(reply, 'requestBody')?.bodyMutation;
      if (mutation == null || !('streamedResponse' in mutation) || mutation.streamedResponse == null) return [];
      const { body, endOfStream } = mutation.streamedResponse;
      return [`${Buffer.from(body ?? []).toString()}${endOfStream ? ' end' : ''}`];
    });
  return { ...opened, settle, passedOn };
}

describe('a tunnel', () => {
  it.each([
    [{ ':method': 'GET', upgrade: 'websocket' }, true],
    [{ ':method': 'CONNECT' }, true],
    [{ ':method': 'GET' }, false],
    // Its body is read, whatever else it says.
    [{ ':method': 'POST', upgrade: 'websocket' }, false],
    [{}, false],
  ])('is known by its headers: %j', (headers, expected) => {
    expect(isTunnel(headers)).toBe(expected);
  });

  it('is decided at its headers, and passes on what comes before and after', async () => {
    const { send, settle, passedOn, transport, budget } = open();
    send(say.requestBody('a'), say.requestBody('b'));
    expect(transport.kinds).toEqual([]);
    await settle();
    expect(transport.kinds).toEqual(['requestHeaders', 'requestBody']);
    expect(budget.used).toBe(0);
    send(say.requestBody('c'), say.responseHeaders({ ':status': '101' }), say.requestBody('d', true));
    expect(passedOn()).toEqual(['ab', 'c', 'd end']);
    expect(transport.kinds.slice(2)).toEqual(['requestBody', 'responseHeaders', 'requestBody']);
  });

  it('may have ended before it is decided', async () => {
    const { send, settle, passedOn } = open();
    send(say.requestBody('a', true));
    await settle();
    expect(passedOn()).toEqual(['a end']);
  });

  it('that sends too much before it is decided is refused', async () => {
    const { send, transport, budget } = open({ bodyLimit: 10 });
    send(say.requestBody('x'.repeat(11)));
    expect(transport.kinds).toEqual(['immediateResponse']);
    expect(budget.used).toBe(0);
  });

  it('begins with 101, which is its answer', async () => {
    const { send, settle, stream, transport } = open();
    await settle();
    send(say.responseHeaders({ ':status': '101' }));
    send(say.responseHeaders({ ':status': '200' }));
    expect(transport.kinds).toEqual(['requestHeaders', 'responseHeaders']);
    stream.halfClosed();
    expect(transport.ending).toBe('end');
  });
});
