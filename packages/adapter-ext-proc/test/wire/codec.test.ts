import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRequest } from '../../src/wire/decode-request.ts';
import { encodeResponse } from '../../src/wire/encode-response.ts';
import type { ProcessingResponse, Struct, Value } from '../../src/wire/messages.ts';
import { decodeReply, encodeRequest } from './proxy-codec.ts';
import type { ProxyRequest } from './proxy-messages.ts';

const text = (value: string) => Buffer.from(value);

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value; struct: Struct }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant<Value>({ nullValue: 0 }),
    fc.double({ noNaN: true }).map((numberValue): Value => ({ numberValue })),
    fc.string({ unit: 'binary' }).map((stringValue): Value => ({ stringValue })),
    fc.boolean().map((boolValue): Value => ({ boolValue })),
    tie('struct').map((structValue): Value => ({ structValue })),
    fc.array(tie('value'), { maxLength: 4 }).map((values): Value => ({ listValue: { values } })),
  ),
  struct: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }).map((fields) => ({ fields })),
})).value;
const struct = fc
  .dictionary(fc.string({ unit: 'binary' }), value, { maxKeys: 4 })
  .map((fields): Struct => ({ fields }));
const name = fc.constantFrom(':path', 'x-a', 'x-b', 'cookie', 'accept', '__proto__');

/** A value that reads as it was written. */
function plain(of: Value): unknown {
  if (of.structValue !== undefined) return plainStruct(of.structValue);
  if (of.listValue !== undefined) return of.listValue.values.map(plain);
  return of.stringValue ?? of.numberValue ?? of.boolValue ?? null;
}

function plainStruct({ fields }: Struct): unknown {
  return Object.entries(fields).map(([key, of]) => [key, plain(of)]);
}

describe('requests', () => {
  it('are read as a schema writes them', () => {
    const requests = fc.record({
      headers: fc.array(fc.tuple(name, fc.string({ unit: 'binary' })), { maxLength: 8 }),
      metadata: fc.dictionary(fc.constantFrom('envoy.lb', 'other'), struct),
      body: fc.uint8Array({ maxLength: 300 }),
      endOfStream: fc.boolean(),
      kind: fc.constantFrom('requestHeaders', 'responseHeaders', 'requestBody', 'responseBody'),
      config: fc.option(fc.record({ requestBodyMode: fc.nat(5), responseBodyMode: fc.nat(5) })),
      observabilityMode: fc.boolean(),
    });
    fc.assert(
      fc.property(requests, ({ headers, metadata, body, endOfStream, kind, config, observabilityMode }) => {
        const map = { headers: headers.map(([key, rawValue]) => ({ key, rawValue: text(rawValue) })) };
        const message = {
          [kind]: kind.endsWith('Headers') ? { headers: map, endOfStream } : { body, endOfStream },
          metadataContext: { filterMetadata: metadata },
          observabilityMode,
          ...(config && { protocolConfig: config }),
        } as ProxyRequest;
        const read = decodeRequest(encodeRequest(message));
        expect(read.kind).toBe(kind);
        expect(read.observabilityMode).toBe(observabilityMode);
        expect(read.protocolConfig).toEqual(config ?? undefined);
        expect(Object.entries(read.metadata).map(([key, of]) => [key, plainStruct(of)])).toEqual(
          Object.entries(metadata).map(([key, of]) => [key, plainStruct(of)]),
        );
        if (!kind.endsWith('Headers')) {
          expect(read.body?.endOfStream).toBe(endOfStream);
          expect(Buffer.from(read.body!.body).equals(body)).toBe(true);
          return;
        }
        expect(read.headers?.endOfStream).toBe(endOfStream);
        for (const key of new Set(headers.map(([each]) => each))) {
          const values = headers.filter(([each]) => each === key).map(([, each]) => each);
          const joined = key === 'cookie' ? values.join('; ') : values.join(', ');
          expect(read.headers?.headers[key]).toBe(key === ':path' ? values.at(-1) : joined);
        }
      }),
    );
  });

  it('hand bodies over without a copy', () => {
    const bytes = encodeRequest({ requestBody: { body: text('{}'), endOfStream: true } });
    expect(decodeRequest(bytes).body?.body.buffer).toBe(bytes.buffer);
  });

  it('may hold what is not known', () => {
    // Fields 99 (varint), 98 (fixed32), 97 (fixed64), 96 (bytes).
    const unknown = Buffer.from('9806019506000000008906000000000000000082060161', 'hex');
    const known = encodeRequest({ responseTrailers: { trailers: { headers: [] } } });
    expect(decodeRequest(Buffer.concat([unknown, known, unknown])).kind).toBe('responseTrailers');
    expect(decodeRequest(unknown).kind).toBeUndefined();
  });

  it('are refused when they are none, and never read beyond their end', () => {
    expect(() => decodeRequest(Buffer.from([0x22, 0x7f, 0x01]))).toThrow('no message');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const read = decodeRequest(Buffer.from(bytes));
          expect(read.body?.body.length ?? 0).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(String(error)).toContain('no message');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('messages within messages', () => {
  /** A field that holds a message, or anything else with a length. */
  function field(number: number, bytes: Buffer): Buffer {
    const length = [bytes.length & 0x7f];
    for (let rest = bytes.length >>> 7; rest > 0; rest >>>= 7) {
      length[length.length - 1]! |= 0x80;
      length.push(rest & 0x7f);
    }
    return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes]);
  }

  /** Metadata that holds lists in lists. */
  function nested(depth: number): Buffer {
    let value = field(3, text('x'));
    for (let i = 0; i < depth; i++) value = field(6, field(1, value));
    const entry = (name: string, of: Buffer) => field(1, Buffer.concat([field(1, text(name)), field(2, of)]));
    return field(8, entry('a', entry('b', value)));
  }

  it('are read as deep as anybody means them', () => {
    let read = decodeRequest(nested(100)).metadata.a?.fields.b;
    for (let i = 0; i < 100; i++) read = read?.listValue?.values[0];
    expect(read).toEqual({ stringValue: 'x' });
  });

  it('are refused before they fill the stack', () => {
    for (const depth of [150, 20_000]) expect(() => decodeRequest(nested(depth))).toThrow('no message');
  });
});

describe('responses', () => {
  const encode = (response: ProcessingResponse) => Buffer.concat(encodeResponse(response));

  it('have the field numbers that Envoy reads', () => {
    // request_body = 3 { response = 1 { body_mutation = 3 { streamed_response = 3 { body = 1, end_of_stream = 2 } } } }
    const bytes = encode({
      requestBody: { response: { bodyMutation: { streamedResponse: { body: text('a'), endOfStream: true } } } },
    });
    expect(bytes.toString('hex')).toBe('1a0b0a091a071a050a01611001');
  });

  it('are written as a schema reads them', () => {
    const size = fc.oneof(fc.nat(40), fc.integer({ min: 2000, max: 70_000 }));
    const responses = fc.record({
      set: fc.array(fc.tuple(fc.string(), fc.string({ unit: 'binary' })), { maxLength: 5 }),
      longSet: fc.nat(5000),
      remove: fc.array(fc.string(), { maxLength: 5 }),
      size,
      endOfStream: fc.boolean(),
      clearRouteCache: fc.boolean(),
      dynamicMetadata: struct,
      kind: fc.constantFrom('requestHeaders', 'responseHeaders', 'requestBody', 'responseBody'),
    });
    fc.assert(
      fc.property(responses, (one) => {
        const { set, longSet, remove, endOfStream, clearRouteCache, dynamicMetadata, kind } = one;
        const body = Buffer.alloc(one.size, 'body');
        const values: [string, string][] = [...set, ['x-long', 'é'.repeat(longSet)]];
        const headerMutation = {
          setHeaders: values.map(([key, each]) => ({ key, value: each, appendAction: 2 as const })),
          removeHeaders: remove,
        };
        const bodyMutation = { streamedResponse: { body, endOfStream } };
        const response = { headerMutation, bodyMutation, clearRouteCache };
        const read = decodeReply(encode({ [kind]: { response }, dynamicMetadata } as unknown as ProcessingResponse));
        const common = (read as unknown as Record<string, { response: Record<string, unknown> }>)[kind]!.response;
        expect(common.clearRouteCache).toBe(clearRouteCache);
        expect(common.headerMutation).toMatchObject({
          setHeaders: values.map(([key, each]) => ({ header: { key, rawValue: text(each) }, appendAction: 2 })),
          removeHeaders: remove,
        });
        const told = common.bodyMutation as { streamedResponse: { body: Buffer; endOfStream: boolean } };
        expect(Buffer.from(told.streamedResponse.body).equals(body)).toBe(true);
        expect(told.streamedResponse.endOfStream).toBe(endOfStream);
        const names = Object.keys(dynamicMetadata.fields).sort();
        expect(Object.keys(read.dynamicMetadata?.fields ?? {}).sort()).toEqual(names);
      }),
    );
  });

  it('do not copy bodies', () => {
    const body = Buffer.alloc(60_000);
    const parts = encodeResponse({
      requestBody: { response: { bodyMutation: { streamedResponse: { body, endOfStream: false } } } },
    });
    expect(parts.some((part) => part.buffer === body.buffer && part.length === body.length)).toBe(true);
  });

  it.each(['requestTrailers', 'responseTrailers'] as const)('can be empty: %s', (kind) => {
    expect(decodeReply(encode({ [kind]: {} } as unknown as ProcessingResponse))).toHaveProperty(kind);
  });

  it('can refuse, and override modes', () => {
    const refusal = decodeReply(encode({ immediateResponse: { status: { code: 503 }, body: text('no') } }));
    expect(refusal).toMatchObject({ immediateResponse: { status: { code: 503 }, body: text('no') } });
    const modes = { requestBodyMode: 2, responseBodyMode: 1, responseTrailerMode: 1 } as const;
    expect(decodeReply(encode({ responseHeaders: {}, modeOverride: modes })).modeOverride).toMatchObject(modes);
  });
});
