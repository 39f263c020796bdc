import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesField, grpcFrame, numberField, packed, varint } from '../../test/grpc-bytes.ts';
import { refusal } from '../../test/refusal.ts';
import {
  ApiError,
  createUsageReader,
  parseRequest,
  passthroughParser,
  ResponseMeter,
  vllmgrpcParser,
} from '../index.ts';

const SERVICE = '/vllm.grpc.engine.VllmEngine';
const parsers = [vllmgrpcParser, passthroughParser];
const call = (method: string, body: Uint8Array) => parseRequest({ path: `${SERVICE}/${method}`, body, parsers });
const generate = (...fields: Uint8Array[]) => call('Generate', grpcFrame(Buffer.concat(fields)));

const tokenized = (ids: readonly number[]) =>
  bytesField(2, Buffer.concat([bytesField(1, 'as text'), bytesField(2, packed(ids))]));
const text = (said: string) => bytesField(3, said);

/** What a proxy sent, and what came back, in a recorded conversation. */
const RECORDED_REQUEST = 'AAAAABYKAnIxEgwKBWhlbGxvEgMBAgMiAkAF';
const RECORDED_RESPONSE = 'AAAAABISEAoCBAUSBHN0b3AYByAKKAI=';

describe('vllmgrpc-parser', () => {
  it('reads a recorded request, and leaves its bytes alone', () => {
    const body = Buffer.from(RECORDED_REQUEST, 'base64');
    const parsed = call('Generate', body);
    expect(parsed).toEqual({
      api: 'vllmgrpc.generate',
      parser: 'vllmgrpc-parser',
      stream: false,
      maxOutputTokens: 5,
      content: { kind: 'tokens', tokenIds: [1, 2, 3], features: [] },
      json: undefined,
      body,
      supportsModelRewrite: false,
    });
    expect(parsed.body).toBe(body);
  });

  it('reads a text, a stream, and a limit of no tokens', () => {
    const parsed = generate(text('Grüß dich'), bytesField(4, numberField(8, 0)), numberField(5, 1));
    expect(parsed).toMatchObject({
      stream: true,
      maxOutputTokens: 0,
      content: { kind: 'completions', prompt: { form: 'text', text: 'Grüß dich' } },
    });
  });

  it('takes the prompt that was written last', () => {
    expect(generate(text('no'), tokenized([7])).content).toMatchObject({ kind: 'tokens', tokenIds: [7] });
    expect(generate(tokenized([7]), text('yes')).content).toMatchObject({ kind: 'completions' });
    expect(generate(tokenized([1]), text('no'), tokenized([2])).content).toMatchObject({ tokenIds: [2] });
    expect(generate(tokenized([1]), tokenized([2])).content).toMatchObject({ tokenIds: [1, 2] });
  });

  it('reads where pictures stand', () => {
    const place = (offset: number, length: number) =>
      bytesField(5, Buffer.concat([numberField(1, offset), numberField(2, length)]));
    const media = Buffer.concat([
      bytesField(2, bytesField(1, Buffer.alloc(100_000, 255))),
      place(0, 4),
      place(300, 576),
      place(1000, 1),
      bytesField(6, 'cat'),
      bytesField(6, 'dog'),
    ]);
    expect(generate(tokenized([1, 2]), bytesField(7, media)).content).toMatchObject({
      features: [
        { modality: 'image', hash: 'cat', offset: 0, length: 4 },
        { modality: 'image', hash: 'dog', offset: 300, length: 576 },
      ],
    });
  });

  it('reads what is to be embedded', () => {
    expect(call('Embed', grpcFrame(tokenized([5, 6])))).toMatchObject({
      api: 'vllmgrpc.embed',
      stream: false,
      content: { kind: 'embeddings', input: { form: 'tokens', tokenIds: [5, 6] } },
    });
  });

  it('claims its two methods only', () => {
    expect(vllmgrpcParser.apiOf(`${SERVICE}/Embed`)).toBe('vllmgrpc.embed');
    expect(vllmgrpcParser.apiOf(`${SERVICE}/Abort`)).toBeUndefined();
    expect(call('Abort', grpcFrame(Buffer.alloc(0))).parser).toBe('passthrough-parser');
    expect(
      refusal(() => vllmgrpcParser.parse({ path: `${SERVICE}/Abort`, headers: {}, body: Buffer.alloc(0) })).code,
    ).toBe('unsupported_path');
  });

  const whole = grpcFrame(tokenized([1, 2, 3]));
  const unreadable = 'invalid or unsupported gRPC payload';
  const broken = /no protobuf message/;
  it.each([
    ['nothing', Buffer.alloc(0), /exactly one gRPC message, but it ends within the prefix/],
    ['a message that is cut off', whole.subarray(0, -1), /the prefix says \d+ bytes, \d+ follow/],
    ['two messages', Buffer.concat([whole, whole]), /exactly one/],
    ['a frame of 2 GB', Buffer.from([0, 127, 255, 255, 255, 1]), /the prefix says 2147483647 bytes, 1 follow/],
    ['a compressed message', grpcFrame(tokenized([1]), 1), /compressed .* without grpc-encoding/],
    ['a field of 2 GB', grpcFrame(Buffer.concat([varint(18), varint(2 ** 31 - 1), Buffer.alloc(9)])), broken],
    ['a field of 2^62 bytes', grpcFrame(Buffer.concat([varint(18), varint(2 ** 62)])), broken],
    ['a number without end', grpcFrame(Buffer.concat([varint(40), Buffer.alloc(20, 255)])), broken],
    ['a number that is cut off', grpcFrame(Buffer.from([40, 128])), broken],
    ['a group', grpcFrame(Buffer.from([0x13])), broken],
    ['field 0', grpcFrame(numberField(0, 1)), broken],
    ['a field number over 2^29', grpcFrame(Buffer.concat([varint(2 ** 33), varint(1)])), broken],
    ['a text as a number', grpcFrame(numberField(3, 1)), /field 3 has wire type 0 instead of 2/],
    ['a flag as a text', grpcFrame(bytesField(5, 'yes')), /field 5 has wire type 2 instead of 0/],
    ['token ids as floats', grpcFrame(bytesField(2, Buffer.from([0x15, 0, 0, 128, 63]))), /field 2 has wire type 5/],
    ['a text that is no UTF-8', grpcFrame(bytesField(3, Buffer.from([0xff]))), /field 3 is not UTF-8/],
    ['a token id over 32 bits', grpcFrame(tokenized([2 ** 32])), /field 2 holds 4294967296, more than 32 bits/],
    ['a token id without end', grpcFrame(bytesField(2, bytesField(2, Buffer.alloc(11, 128)))), broken],
    ['token ids that are cut off', grpcFrame(bytesField(2, bytesField(2, Buffer.from([1, 128])))), broken],
  ] as const)('refuses %s', (_, body, message) => {
    const error = refusal(() => call('Generate', body));
    expect(error).toMatchObject({ code: 'invalid_grpc', httpStatus: 400, summary: unreadable });
    expect(error.api).toBe('vllmgrpc.generate');
    expect(error.message).toMatch(message);
  });

  it.each([
    ['no prompt', 'Generate', numberField(5, 1), 'not supported request inputType', 'tokenized or text'],
    ['an empty text', 'Generate', text(''), 'not supported request inputType', 'tokenized or text'],
    ['no token ids', 'Generate', bytesField(2, bytesField(1, 'x')), undefined, 'tokenized.input_ids'],
    ['nothing to embed', 'Embed', bytesField(1, 'id'), unreadable, 'tokenized.input_ids'],
  ] as const)('refuses %s', (_, method, message, summary, param) => {
    const error = refusal(() => call(method, grpcFrame(message)));
    expect(error).toMatchObject({ code: 'invalid_request', httpStatus: 400, param, ...(summary && { summary }) });
  });

  const anyIds = fc.array(fc.nat(2 ** 32 - 1), { minLength: 1, maxLength: 50 });

  it('reads every token id, however it is written', () => {
    fc.assert(
      fc.property(anyIds, fc.nat(50), (ids, at) => {
        const together = bytesField(2, packed(ids.slice(0, at)));
        const oneByOne = ids.slice(at).map((id) => numberField(2, id));
        const parsed = generate(bytesField(2, Buffer.concat([together, ...oneByOne])));
        expect(parsed.content).toMatchObject({ kind: 'tokens', tokenIds: ids });
      }),
    );
  });

  it('takes a token id in more bytes than it needs', () => {
    const padded = Buffer.from([0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]);
    expect(generate(bytesField(2, bytesField(2, padded))).content).toMatchObject({ tokenIds: [5] });
  });

  it('refuses every beginning of a body', () => {
    fc.assert(
      fc.property(anyIds, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (ids, share) => {
        const body = grpcFrame(Buffer.concat([bytesField(1, 'r1'), tokenized(ids)]));
        const cut = body.subarray(0, Math.floor(share * body.length));
        expect(refusal(() => call('Generate', cut)).httpStatus).toBe(400);
      }),
    );
  });

  /** Bytes that look like fields: tags and lengths of the real message, right and wrong, among noise. */
  const hostile = fc
    .array(
      fc.oneof(
        fc.uint8Array({ maxLength: 12 }),
        fc.tuple(fc.nat(9), fc.nat(7)).map(([number, wire]) => varint(number * 8 + wire)),
        fc.constantFrom(0, 1, 5, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53, 2 ** 63).map(varint),
        anyIds.map(tokenized),
        fc.string({ maxLength: 9 }).map(text),
      ),
      { maxLength: 6 },
    )
    .map((parts) => Buffer.concat(parts));

  it.each(['Generate', 'Embed'])('reads or refuses any bytes: %s', (method) => {
    let understood = 0;
    fc.assert(
      fc.property(hostile, fc.boolean(), (bytes, isFramed) => {
        try {
          const parsed = call(method, isFramed ? grpcFrame(bytes) : bytes);
          expect(parsed.content.kind).not.toBe('raw');
          understood++;
        } catch (error) {
          if (!ApiError.is(error)) throw error;
          expect(error.httpStatus).toBe(400);
        }
      }),
      { numRuns: 1000 },
    );
    expect(understood).toBeGreaterThan(0);
  });
});

describe('usage of a response of vLLM over gRPC', () => {
  const chunk = (ids: readonly number[], completion: number, index = 0) =>
    grpcFrame(
      bytesField(
        1,
        Buffer.concat([
          bytesField(1, packed(ids)),
          numberField(2, 9),
          numberField(3, completion),
          numberField(7, index),
        ]),
      ),
    );
  const complete = (completion: number, index = 0) =>
    grpcFrame(
      bytesField(
        2,
        Buffer.concat([
          bytesField(1, packed([400, 5])),
          bytesField(2, 'stop'),
          numberField(3, 9),
          numberField(4, completion),
          numberField(5, 8),
          numberField(8, index),
        ]),
      ),
    );

  const usageOf = (api: 'vllmgrpc.generate' | 'vllmgrpc.embed', bytes: Uint8Array, onFirstToken?: () => void) => {
    const reader = createUsageReader(api, { stream: false, onFirstToken });
    reader.push(bytes);
    reader.end();
    return reader;
  };

  it('is read from a recorded response', () => {
    expect(usageOf('vllmgrpc.generate', Buffer.from(RECORDED_RESPONSE, 'base64'))).toMatchObject({
      usage: { promptTokens: 7, cachedTokens: 2, completionTokens: 10, totalTokens: 17 },
      streamedEvents: 0,
      malformed: false,
    });
  });

  const stream = Buffer.concat([chunk([], 0), chunk([300], 1), chunk([1, 2], 3), complete(3)]);

  it('is told of a stream while it passes, wherever it is split', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 6 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const heard: (string | number)[] = [];
        const meter = ResponseMeter.for(
          { firstToken: () => heard.push('first token'), tokens: (count) => heard.push(count) },
          'vllmgrpc.generate',
          { status: 200, headers: { 'content-type': 'application/grpc' } },
        )!;
        for (let i = 1; i < edges.length; i++) meter.push(stream.subarray(edges[i - 1], edges[i]));
        expect(meter.finish()).toEqual({ promptTokens: 9, cachedTokens: 8, outputTokens: 3 });
        expect(heard.filter((what) => what === 'first token')).toHaveLength(1);
        expect(heard.at(-1)).toBe(3);
      }),
    );
  });

  it('adds up several answers to one prompt', () => {
    const bytes = Buffer.concat([chunk([1], 1, 0), chunk([2, 3], 2, 1), complete(4, 1), complete(1, 0)]);
    expect(usageOf('vllmgrpc.generate', bytes).usage).toMatchObject({ promptTokens: 9, completionTokens: 5 });
  });

  it('is read from an embedding', () => {
    const message = Buffer.concat([bytesField(1, Buffer.alloc(4096, 1)), numberField(2, 12), numberField(3, 1024)]);
    const { usage, malformed } = usageOf('vllmgrpc.embed', grpcFrame(message));
    expect(usage).toEqual({ promptTokens: 12, completionTokens: 0, totalTokens: 12 });
    expect(malformed).toBe(false);
  });

  it('is unknown where nothing is counted', () => {
    expect(usageOf('vllmgrpc.generate', grpcFrame(bytesField(2, bytesField(2, 'abort'))))).toMatchObject({
      usage: undefined,
      malformed: false,
    });
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, isFramed) => {
        const body = isFramed ? grpcFrame(bytes) : bytes;
        for (const api of ['vllmgrpc.generate', 'vllmgrpc.embed'] as const) usageOf(api, Buffer.concat([stream, body]));
      }),
    );
    expect(usageOf('vllmgrpc.generate', Buffer.concat([stream, grpcFrame(Buffer.from('{}'))]))).toMatchObject({
      usage: { completionTokens: 3 },
      malformed: true,
    });
    expect(usageOf('vllmgrpc.generate', stream.subarray(0, -1)).malformed).toBe(true);
  });
});
