import { describe, expect, it } from 'vitest';
import { say } from '../../test/proxy-client.ts';
import { openStream } from '../../test/recorded-transport.ts';
import type { ProxyReply } from '../../test/wire/proxy-messages.ts';
import { NO_EDITS } from '../reply/header-edits.ts';
import type { Refusal } from '../reply/refusal.ts';
import { BODY_MODE } from '../wire/messages.ts';
import type { Exchange, Onward, Processor, ProxiedRequest } from './processor.ts';

const { NONE, STREAMED, BUFFERED, BUFFERED_PARTIAL, FULL_DUPLEX_STREAMED, GRPC } = BODY_MODE;
const HEADERS = say.requestHeaders({ ':method': 'POST', 'content-length': '4' });
const OK = say.responseHeaders({ ':status': '200' });

/** A processor that lets everything go on, and remembers what it saw. */
class Passing implements Processor, Exchange {
  readonly seen: ProxiedRequest[] = [];
  readonly told: string[] = [];
  needsBody = false;
  evict: ((refusal: Refusal) => void) | undefined;
  #isEnded = false;
  readonly onward: Partial<Onward>;

  constructor(onward: Partial<Onward> = {}) {
    this.onward = onward;
  }

  process(request: ProxiedRequest): Onward | Promise<Onward> {
    this.seen.push(request);
    return {
      edits: { set: { 'x-to': 'e1' }, remove: ['x-from'] },
      clearsRoute: true,
      followsResponse: true,
      exchange: this,
      ...this.onward,
    };
  }

  responseHeaders({ status }: { readonly status: number }) {
    this.told.push(`headers ${status}`);
    return NO_EDITS;
  }

  responseBody(chunk: Uint8Array): Uint8Array {
    this.told.push(`body ${chunk.length}`);
    return chunk;
  }

  flushBody(): Uint8Array {
    return new Uint8Array(0);
  }

  complete(): undefined {
    this.told.push('complete');
  }

  onEvicted(listener: (refusal: Refusal) => void): void {
    this.evict = listener;
  }

  end(how: string): void {
    if (!this.#isEnded) this.told.push(how);
    this.#isEnded = true;
  }
}

/** A processor whose answer is given later. */
class Waiting extends Passing {
  release!: () => void;
  readonly #released = new Promise<void>((resolve) => {
    this.release = resolve;
  });
  signal: AbortSignal | undefined;

  override async process(request: ProxiedRequest, signal?: () => AbortSignal): Promise<Onward> {
    this.signal = signal?.();
    await this.#released;
    return super.process(request);
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function open(processor: Processor, request: Mode = FULL_DUPLEX_STREAMED, response: Mode = request) {
  const opened = openStream(processor);
  const begin = (message = HEADERS) => opened.send({ ...message, ...say.modes(request, response) });
  return { ...opened, begin };
}

type Mode = (typeof BODY_MODE)[keyof typeof BODY_MODE];

const read = (reply: ProxyReply | undefined): unknown => JSON.parse(JSON.stringify(reply));
const base64 = (text: string) => Buffer.from(text).toString('base64');
const STEERED = {
  clearRouteCache: true,
  headerMutation: {
    setHeaders: [
      { header: { key: 'x-to', rawValue: base64('e1') }, appendAction: 2 },
      { header: { key: 'content-length', rawValue: base64('4') }, appendAction: 2 },
    ],
    removeHeaders: ['x-from'],
  },
};
/** The same without a length: Envoy keeps the one that it has. */
const STEERED_ONLY = {
  ...STEERED,
  headerMutation: { ...STEERED.headerMutation, setHeaders: STEERED.headerMutation.setHeaders.slice(0, 1) },
};

describe('a request, full duplex', () => {
  it('is answered when its body has come: headers, then the body', () => {
    const passing = new Passing();
    const { begin, send, transport } = open(passing);
    begin();
    send(say.requestBody('ab'));
    expect(transport.replies).toEqual([]);
    send(say.requestBody('cd', true));
    expect(transport.replies.map(read)).toEqual([
      { requestHeaders: { response: STEERED } },
      {
        requestBody: {
          response: { bodyMutation: { streamedResponse: { body: base64('abcd'), endOfStream: true } } },
        },
      },
    ]);
    expect(passing.seen).toMatchObject([{ extent: 'whole', headers: { ':method': 'POST' } }]);
    expect(Buffer.from(passing.seen[0]!.body).toString()).toBe('abcd');
  });

  it('may end in an empty message', () => {
    const { begin, send, transport } = open(new Passing());
    begin();
    send(say.requestBody('abcd'), say.requestBody('', true));
    expect(transport.kinds).toEqual(['requestHeaders', 'requestBody']);
  });

  it('may end in trailers, of which the body knows nothing', () => {
    const { begin, send, transport } = open(new Passing());
    begin();
    send(say.requestBody('abcd'), say.requestTrailers());
    expect(transport.kinds).toEqual(['requestHeaders', 'requestBody', 'requestTrailers']);
    expect(read(transport.replies[0])).toEqual({ requestHeaders: { response: STEERED } });
    expect(read(transport.replies[1])).toEqual({
      requestBody: { response: { bodyMutation: { streamedResponse: { body: base64('abcd') } } } },
    });
  });

  it('may have trailers and no body', () => {
    const { begin, send, transport } = open(new Passing());
    begin();
    send(say.requestTrailers());
    expect(transport.kinds).toEqual(['requestHeaders', 'requestTrailers']);
  });

  it('without a body is answered at once, with a header reply only', () => {
    const passing = new Passing();
    const { begin, transport } = open(passing);
    begin(say.requestHeaders({ ':method': 'GET' }, true));
    expect(transport.kinds).toEqual(['requestHeaders']);
    expect(passing.seen).toMatchObject([{ extent: 'none' }]);
  });

  it('is decided once, however often it ends', () => {
    const passing = new Passing();
    const { begin, send, transport } = open(passing);
    begin();
    send(say.requestBody('abcd', true), say.requestBody('', true), say.requestBody('more'), HEADERS);
    expect(transport.kinds).toEqual(['requestHeaders', 'requestBody']);
    expect(passing.seen).toHaveLength(1);
  });

  it('sends back another body with its length', () => {
    const { begin, send, transport } = open(new Passing({ body: Buffer.from('longer') }));
    begin();
    send(say.requestBody('abcd', true));
    expect(read(transport.replies[0])).toMatchObject({
      requestHeaders: {
        response: {
          headerMutation: {
            setHeaders: [{}, { header: { key: 'content-length', rawValue: base64('6') } }],
          },
        },
      },
    });
    expect(read(transport.replies[1])).toMatchObject({
      requestBody: { response: { bodyMutation: { streamedResponse: { body: base64('longer') } } } },
    });
  });

  it('is told no length where the client gave none', () => {
    const { begin, send, transport } = open(new Passing());
    begin(say.requestHeaders({ ':method': 'POST' }));
    send(say.requestBody('abcd', true));
    expect(read(transport.replies[0])).toEqual({ requestHeaders: { response: STEERED_ONLY } });
  });

  it('over the limit is refused before its end', () => {
    const { begin, send, transport } = open(new Passing());
    begin();
    send(say.requestBody(Buffer.alloc(600)), say.requestBody(Buffer.alloc(600)), say.requestBody('', true));
    expect(read(transport.replies[0])).toEqual({
      immediateResponse: {
        status: { code: 413 },
        body: base64('inference error: PayloadTooLarge - the body is longer than 1000 bytes'),
      },
    });
    expect(transport.replies).toHaveLength(1);
    expect(transport.ending).toBe('end');
  });
});

describe('a request, buffered', () => {
  it.each([BUFFERED, BUFFERED_PARTIAL])(
    'gets an empty reply to its headers, and all else with its body (%i)',
    (mode) => {
      const passing = new Passing();
      const { begin, send, transport } = open(passing, mode);
      begin();
      expect(transport.replies.map(read)).toEqual([{ requestHeaders: {} }]);
      send(say.requestBody('abcd', true));
      expect(transport.replies.map(read)).toEqual([
        { requestHeaders: {} },
        { requestBody: { response: STEERED_ONLY } },
      ]);
      expect(passing.seen[0]!.extent).toBe('whole');
    },
  );

  it('that the proxy sends without an end is perhaps cut', () => {
    const passing = new Passing();
    const { begin, send, transport } = open(passing, BUFFERED_PARTIAL);
    begin();
    send(say.requestBody('ab'));
    expect(passing.seen[0]!.extent).toBe('perhaps-cut');
    expect(transport.kinds).toEqual(['requestHeaders', 'requestBody']);
  });

  it('gets a changed body with its length', () => {
    const { begin, send, transport } = open(new Passing({ body: Buffer.from('longer') }), BUFFERED);
    begin();
    send(say.requestBody('abcd', true));
    expect(read(transport.replies[1])).toMatchObject({
      requestBody: {
        response: {
          bodyMutation: { body: base64('longer') },
          headerMutation: { setHeaders: [{}, { header: { key: 'content-length', rawValue: base64('6') } }] },
        },
      },
    });
  });

  it('that has trailers is decided with its body, and its trailers are answered', () => {
    const { begin, send, transport } = open(new Passing(), BUFFERED);
    begin();
    send(say.requestBody('abcd'), say.requestTrailers());
    expect(transport.kinds).toEqual(['requestHeaders', 'requestBody', 'requestTrailers']);
  });

  it('with trailers and no body cannot be steered any more, and is refused', () => {
    const { begin, send, transport } = open(new Passing(), BUFFERED);
    begin();
    send(say.requestTrailers());
    expect(read(transport.replies[1])).toMatchObject({ immediateResponse: { status: { code: 400 } } });
  });

  it('without a body is steered by its header reply', () => {
    const { begin, transport } = open(new Passing(), BUFFERED);
    begin(say.requestHeaders({}, true));
    expect(read(transport.replies[0])).toMatchObject({ requestHeaders: { response: { clearRouteCache: true } } });
  });
});

describe.each([STREAMED, NONE])('a request whose body is not waited for (%i)', (mode) => {
  it('is decided at its headers', () => {
    const passing = new Passing();
    const { begin, send, transport } = open(passing, mode);
    begin();
    expect(transport.replies.map(read)).toEqual([{ requestHeaders: { response: STEERED_ONLY } }]);
    expect(passing.seen).toMatchObject([{ extent: 'unread' }]);
    send(say.requestBody('ab'), say.requestBody('cd', true));
    expect(transport.replies.slice(1).map(read)).toEqual([{ requestBody: {} }, { requestBody: {} }]);
  });

  it('has what came meanwhile answered after its headers', async () => {
    const waiting = new Waiting();
    const { begin, send, transport } = open(waiting, mode);
    begin();
    send(say.requestBody('ab'), say.requestBody('cd'), say.requestTrailers());
    expect(transport.replies).toEqual([]);
    waiting.release();
    await settled();
    expect(transport.kinds).toEqual(['requestHeaders', 'requestBody', 'requestBody', 'requestTrailers']);
  });
});

describe('a response', () => {
  function answered(mode: Mode, needsBody = false) {
    const passing = new Passing();
    passing.needsBody = needsBody;
    const opened = open(passing, mode === FULL_DUPLEX_STREAMED ? FULL_DUPLEX_STREAMED : BUFFERED, mode);
    opened.begin(say.requestHeaders({}, true));
    opened.transport.replies.length = 0;
    return { ...opened, passing };
  }

  it('full duplex is passed on piece by piece', () => {
    const { send, transport, passing } = answered(FULL_DUPLEX_STREAMED);
    send(OK, say.responseBody('ab'), say.responseBody('', true));
    expect(transport.replies.map(read)).toEqual([
      { responseHeaders: {} },
      {
        responseBody: { response: { bodyMutation: { streamedResponse: { body: base64('ab') } } } },
      },
      { responseBody: { response: { bodyMutation: { streamedResponse: { endOfStream: true } } } } },
    ]);
    expect(passing.told).toEqual(['headers 200', 'body 2', 'body 0', 'complete', 'ok']);
  });

  it.each([BUFFERED, STREAMED])('whose body nobody needs is switched off (%i)', (mode) => {
    const { send, transport, passing, stream } = answered(mode);
    send(OK);
    expect(read(transport.replies[0])).toEqual({
      responseHeaders: {},
      modeOverride: { requestBodyMode: 'BUFFERED', responseBodyMode: 'NONE', responseTrailerMode: 'SEND' },
    });
    stream.halfClosed();
    expect(passing.told).toEqual(['headers 200', 'complete', 'ok']);
    expect(transport.ending).toBe('end');
  });

  it.each([BUFFERED, STREAMED])('that comes all the same gets an empty reply to each piece (%i)', (mode) => {
    const { send, transport, passing } = answered(mode);
    send(OK, say.responseBody('ab'), say.responseBody('cd', true));
    expect(transport.replies.slice(1).map(read)).toEqual([{ responseBody: {} }, { responseBody: {} }]);
    expect(passing.told.at(-1)).toBe('ok');
  });

  it.each([BUFFERED, STREAMED])('that somebody needs is not switched off (%i)', (mode) => {
    const { send, transport } = answered(mode, true);
    send(OK);
    expect(transport.replies.map(read)).toEqual([{ responseHeaders: {} }]);
  });

  it('is not switched off while the request is full duplex: Envoy would ignore it', () => {
    const { begin, send, transport } = open(new Passing(), FULL_DUPLEX_STREAMED, STREAMED);
    begin(say.requestHeaders({}, true));
    send(OK);
    expect(read(transport.replies[1])).toEqual({ responseHeaders: {} });
  });

  it('whose body is kept ends with the stream', () => {
    const { send, passing, stream } = answered(NONE);
    send(OK);
    expect(passing.told).toEqual(['headers 200']);
    stream.halfClosed();
    stream.cancelled();
    expect(passing.told).toEqual(['headers 200', 'complete', 'ok']);
  });

  it('without a body ends with its headers', () => {
    const { send, passing } = answered(FULL_DUPLEX_STREAMED);
    send(say.responseHeaders({ ':status': '204' }, true));
    expect(passing.told).toEqual(['headers 204', 'complete', 'ok']);
  });

  it('may end in trailers', () => {
    const { send, transport, passing } = answered(FULL_DUPLEX_STREAMED);
    send(OK, say.responseBody('ab'), say.responseTrailers(), say.responseTrailers(), say.responseBody('late'));
    expect(transport.kinds).toEqual(['responseHeaders', 'responseBody', 'responseTrailers']);
    expect(passing.told.slice(-2)).toEqual(['complete', 'ok']);
  });

  it('is not over after an interim one', () => {
    const { send, transport, passing } = answered(FULL_DUPLEX_STREAMED);
    send(say.responseHeaders({ ':status': '103' }), OK);
    expect(transport.kinds).toEqual(['responseHeaders', 'responseHeaders']);
    expect(passing.told).toEqual(['headers 200']);
  });

  it('knows its status by either name', () => {
    const { send, passing } = answered(FULL_DUPLEX_STREAMED);
    send(say.responseHeaders({ status: '503' }));
    expect(passing.told).toEqual(['headers 503']);
  });

  it('without headers is answered as far as it comes', () => {
    const { send, transport } = answered(FULL_DUPLEX_STREAMED);
    send(say.responseBody('ab'), say.responseTrailers());
    expect(transport.kinds).toEqual(['responseBody', 'responseTrailers']);
  });

  it('that comes before the end of the request is answered, and the request still is', () => {
    const passing = new Passing();
    const { begin, send, transport } = open(passing);
    begin();
    send(say.requestBody('ab'), OK, say.responseBody('x', true));
    expect(transport.kinds).toEqual(['responseHeaders', 'responseBody']);
    send(say.requestBody('cd', true));
    expect(transport.kinds.slice(2)).toEqual(['requestHeaders', 'requestBody']);
    expect(passing.told).toEqual(['headers 200', 'complete', 'ok']);
  });
});

describe('the end of a stream', () => {
  it('before the request was whole decides nothing', () => {
    const passing = new Passing();
    const { begin, stream, transport } = open(passing);
    begin();
    stream.halfClosed();
    expect(passing.seen).toEqual([]);
    expect(transport.ending).toBe('end');
  });

  it('while a decision is made aborts the wait', async () => {
    const waiting = new Waiting();
    const { begin, stream, transport } = open(waiting);
    begin(say.requestHeaders({}, true));
    stream.cancelled();
    expect(waiting.signal?.aborted).toBe(true);
    waiting.release();
    await settled();
    expect(transport.replies).toEqual([]);
    expect(waiting.told).toEqual(['aborted']);
  });

  it('by half-close waits for the decision, and tells it', async () => {
    const waiting = new Waiting();
    const { begin, stream, transport } = open(waiting);
    begin(say.requestHeaders({}, true));
    stream.halfClosed();
    expect(transport.ending).toBeUndefined();
    waiting.release();
    await settled();
    expect(transport.kinds).toEqual(['requestHeaders']);
    expect(transport.ending).toBe('end');
    expect(waiting.told).toEqual(['aborted']);
  });

  it.each(['halfClosed', 'cancelled'] as const)('in the middle of a response that is seen is an abort (%s)', (how) => {
    const passing = new Passing();
    const { begin, send, stream } = open(passing);
    begin(say.requestHeaders({}, true));
    send(OK, say.responseBody('ab'));
    stream[how]();
    expect(passing.told.at(-1)).toBe('aborted');
  });

  it('comes with the replies to a request that nobody follows', () => {
    const passing = new Passing({ followsResponse: false });
    const { begin, send, transport } = open(passing);
    begin();
    send(say.requestBody('abcd', true), OK);
    expect(transport.kinds).toEqual(['requestHeaders', 'requestBody']);
    expect(transport.ending).toBe('end');
    expect(passing.told).toEqual(['ok']);
  });
});

describe('a request that is given up', () => {
  const GIVEN_UP: Refusal = { refused: 429, message: 'others need the room', reason: 'evicted' };

  it.each([0, 1, 2])('is refused, whatever has come of its response (%i messages), and its stream ends', (count) => {
    const processor = new Passing();
    const { transport, send } = openStream(processor);
    send(HEADERS, say.requestBody('body', true), ...[OK, say.responseBody('data: 1\n\n')].slice(0, count));
    const before = transport.replies.length;
    processor.evict?.(GIVEN_UP);
    expect(transport.kinds.slice(before)).toEqual(['immediateResponse']);
    expect(transport.ending).toBe('end');
    // It has ended by itself, and hears nothing more.
    const told = [...processor.told];
    send(say.responseBody('data: 2\n\n', true));
    expect(processor.told).toEqual(told);
    expect(told).not.toContain('aborted');
  });

  it('is left alone once its stream is over', () => {
    const processor = new Passing();
    const { transport, send, stream } = openStream(processor);
    send(HEADERS, say.requestBody('body', true));
    stream.cancelled();
    const before = transport.replies.length;
    processor.evict?.(GIVEN_UP);
    expect(transport.replies).toHaveLength(before);
  });
});

describe('what a proxy should not send', () => {
  it('gRPC body mode is refused with the remedy', () => {
    const { begin, transport } = open(new Passing(), GRPC);
    begin();
    expect(read(transport.replies[0])).toMatchObject({ immediateResponse: { status: { code: 501 } } });
    expect(transport.ending).toBe('end');
  });

  it('messages to be observed only are not answered', () => {
    const passing = new Passing();
    const { send, transport, stream } = open(passing);
    send({ ...HEADERS, observabilityMode: true }, say.requestBody('abcd', true), OK);
    stream.halfClosed();
    expect(transport.replies).toEqual([]);
    expect(passing.seen).toEqual([]);
  });

  it('headers without a map, and messages without a kind, are taken as they are', () => {
    const passing = new Passing();
    const { send, transport } = open(passing);
    send(
      {},
      { requestHeaders: { headers: null, endOfStream: true } },
      {},
      { responseHeaders: { headers: null, endOfStream: true } },
    );
    expect(transport.kinds).toEqual(['requestHeaders', 'responseHeaders']);
    expect(passing.told).toEqual(['headers 0', 'complete', 'ok']);
  });

  it('metadata of headers and of the body are joined', () => {
    const passing = new Passing();
    const { begin, send } = open(passing);
    const struct = (name: string) => ({ fields: { [name]: { stringValue: 'x' } } });
    begin({ ...HEADERS, metadataContext: { filterMetadata: { a: struct('1'), b: struct('2') } } });
    send({ ...say.requestBody('abcd', true), metadataContext: { filterMetadata: { b: struct('3') } } });
    const { metadata } = passing.seen[0]!;
    expect(Object.keys(metadata)).toEqual(['a', 'b']);
    expect(Object.keys(metadata.b!.fields)).toEqual(['3']);
  });
});

describe('a processor that fails', () => {
  const failing: Processor = {
    process: () => {
      throw new Error('broken');
    },
  };

  it('costs its own request: 500', () => {
    const { begin, transport } = open(failing);
    begin(say.requestHeaders({}, true));
    expect(read(transport.replies[0])).toMatchObject({ immediateResponse: { status: { code: 500 } } });
    expect(transport.ending).toBe('end');
  });

  it('also when it fails later', async () => {
    const { begin, transport } = open({ process: () => Promise.reject(new Error('broken')) });
    begin(say.requestHeaders({}, true));
    await settled();
    expect(read(transport.replies[0])).toMatchObject({ immediateResponse: { status: { code: 500 } } });
  });

  it('after its decision costs the stream, and releases what was taken', () => {
    const passing = new Passing();
    passing.responseHeaders = () => {
      throw new Error('broken');
    };
    const { begin, send, transport } = open(passing);
    begin(say.requestHeaders({}, true));
    send(OK);
    expect(transport.ending).toBe('fail');
    expect(passing.told).toEqual(['aborted']);
  });
});
