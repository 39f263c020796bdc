import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createResponseModelRewriter, type ResponseModelRewriterOptions } from './response-model-rewriter.ts';

const NAMES = { from: 'target', to: 'm' };

/** What comes out of the pieces, and in which pieces. */
function rewrite(pieces: readonly string[], options: Partial<ResponseModelRewriterOptions> = {}): string[] {
  const rewriter = createResponseModelRewriter({ ...NAMES, stream: true, ...options });
  const out = pieces.map((piece) => Buffer.from(rewriter.push(Buffer.from(piece))).toString('latin1'));
  return [...out, Buffer.from(rewriter.end()).toString('latin1')];
}

const object = (...pieces: string[]) => rewrite(pieces, { stream: false }).join('');
const events = (...pieces: string[]) => rewrite(pieces).join('');

describe('a JSON response', () => {
  it('has its model turned back, wherever the response names it', () => {
    expect(object('{"id":1, "model" : "target" ,"x":2}')).toBe('{"id":1, "model" : "m" ,"x":2}');
    expect(object('{"model":"target","model":"target"}')).toBe('{"model":"m","model":"m"}');
    expect(object('{"message":{"model":"target"},"response":{"model":"target"}}')).toBe(
      '{"message":{"model":"m"},"response":{"model":"m"}}',
    );
    expect(object('{"model":"tar\\u0067et"}')).toBe('{"model":"m"}');
  });

  it.each([
    '{"choices":[{"model":"target"}]}',
    '{"text":"\\"model\\":\\"target\\"","model":"other"}',
    '{"response":{"message":{"model":"target"}}}',
    '{"response":[{"model":"target"}],"message":"model"}',
    '{"model":{"model":"target"}}',
    '["model","target"]',
    '{"model":"target"',
    '{"model":"target",}',
    'no JSON, "model":"target"',
    '',
  ])('keeps everything else: %s', (text) => {
    expect(object(text)).toBe(text);
  });

  it('is held back until it is whole', () => {
    expect(rewrite(['{"model":"tar', 'get"}'], { stream: false })).toEqual(['', '', '{"model":"m"}']);
  });

  it('that is too long goes on as it is', () => {
    expect(rewrite(['{"model":"tar', 'get","x":1}', '  '], { stream: false, holdBytes: 14 })).toEqual([
      '',
      '{"model":"target","x":1}',
      '  ',
      '',
    ]);
  });
});

describe('an event stream', () => {
  it('has the model turned back in every event', () => {
    expect(events('data: {"model":"target","n":1}\n\ndata:{"model":"target"}\r\n\r\ndata: [DONE]\n\n')).toBe(
      'data: {"model":"m","n":1}\n\ndata:{"model":"m"}\r\n\r\ndata: [DONE]\n\n',
    );
  });

  it('knows the events with which Anthropic and the Responses API begin', () => {
    expect(events('event: message_start\ndata: {"type":"message_start","message":{"model":"target"}}\n\n')).toBe(
      'event: message_start\ndata: {"type":"message_start","message":{"model":"m"}}\n\n',
    );
    expect(events('data: {"type":"response.created","response":{"id":"r","model":"target"}}\n\n')).toBe(
      'data: {"type":"response.created","response":{"id":"r","model":"m"}}\n\n',
    );
  });

  it('keeps lines that are no data', () => {
    const text = ': {"model":"target"}\nid: {"model":"target"}\n data: {"model":"target"}\n\n';
    expect(events(text)).toBe(text);
  });

  it('hands on what is whole, and holds back what is not', () => {
    expect(rewrite(['data: {"model":"target"}\n\ndata: {"mod', 'el":"target"}', '\n\n'])).toEqual([
      'data: {"model":"m"}\n\n',
      '',
      'data: {"model":"m"}\n\n',
      '',
    ]);
  });

  it('ends with a line that has no end', () => {
    expect(rewrite(['data: {"model":"target"}'])).toEqual(['', 'data: {"model":"m"}']);
  });

  it('that holds nothing back changes the events that come whole', () => {
    expect(
      rewrite(['data: {"model":"target"}\n\ndata: {"model":"tar', 'get"}\n\ndata: {"model":"target"}\n'], {
        holdBytes: 0,
      }),
    ).toEqual(['data: {"model":"m"}\n\ndata: {"model":"tar', 'get"}\n\ndata: {"model":"m"}\n', '']);
  });

  it('hands on a line that is too long, and understands the next one', () => {
    const long = `data: {"x":"${'x'.repeat(30)}`;
    expect(rewrite([long, 'y"}', '\n\ndata: {"model":"target"}\n'], { holdBytes: 30 })).toEqual([
      long,
      'y"}',
      '\n\ndata: {"model":"m"}\n',
      '',
    ]);
  });

  it('gives the very chunk back when nothing changes', () => {
    const rewriter = createResponseModelRewriter({ ...NAMES, stream: true });
    const chunk = Buffer.from('data: {"choices":[]}\n\n');
    expect(rewriter.push(chunk)).toBe(chunk);
  });
});

describe('laws', () => {
  const part = fc.constantFrom(
    'data: ',
    'data:',
    '{"model":"target"}',
    '{"model":"m2","a":[{"model":"target"}]}',
    '{"message":{"model":"target"},"x":"\\"model\\""}',
    'event: x',
    '[DONE]',
    '\n',
    '\r\n',
    '\r',
    'x"\\é',
  );
  const text = fc.array(part, { maxLength: 14 }).map((parts) => parts.join(''));

  it('cuts do not matter', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(200)), fc.boolean(), (whole, cuts, stream) => {
        const bytes = Buffer.from(whole);
        const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
        const rewriter = createResponseModelRewriter({ ...NAMES, stream });
        const out = [0, ...at].map((start, i) => rewriter.push(bytes.subarray(start, at[i] ?? bytes.length)));
        const once = createResponseModelRewriter({ ...NAMES, stream });
        const expected = Buffer.concat([once.push(bytes), once.end()]);
        expect(Buffer.concat([...out, rewriter.end()]).toString()).toBe(expected.toString());
      }),
      { numRuns: 1000 },
    );
  });

  it('only names change, however little may be held back', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), fc.nat(40), fc.boolean(), (pieces, holdBytes, stream) => {
        const rewriter = createResponseModelRewriter({ ...NAMES, to: 'target!', stream, holdBytes });
        const out = pieces.map((piece) => rewriter.push(Buffer.from(piece)));
        const joined = Buffer.concat([...out, rewriter.end()]).toString();
        expect(joined.replaceAll('target!', 'target')).toBe(pieces.join(''));
      }),
      { numRuns: 1000 },
    );
  });
});
