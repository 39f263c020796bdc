import { describe, expect, it } from 'vitest';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from './codec.ts';
import type { HttpBody } from './messages.ts';

const text = (value: string) => Buffer.from(value);

describe('the codec', () => {
  it('says which kind of message it is', () => {
    const bytes = encodeRequest({
      requestHeaders: { headers: { headers: [{ key: ':path', rawValue: text('/v1/models') }] }, endOfStream: true },
    });
    const request = decodeRequest(bytes);
    expect(request.request).toBe('requestHeaders');
    expect(request.requestHeaders?.endOfStream).toBe(true);
    expect(request.requestHeaders?.headers?.headers[0]?.rawValue?.toString()).toBe('/v1/models');
    expect(request.requestBody).toBeNull();
    expect(request.protocolConfig).toBeNull();
  });

  it('hands bodies over without a copy', () => {
    const bytes = encodeRequest({
      requestBody: { body: text('{}'), endOfStream: true, endOfStreamWithoutMessage: false },
    });
    const { requestBody } = decodeRequest(bytes);
    expect(requestBody?.body.buffer).toBe(bytes.buffer);
  });

  it('reads a body that is empty as bytes', () => {
    const { requestBody } = decodeRequest(encodeRequest({ requestBody: { endOfStream: true } as HttpBody }));
    expect(requestBody?.body).toBeInstanceOf(Uint8Array);
    expect(requestBody?.body).toHaveLength(0);
  });

  it('skips what it does not know', () => {
    // Field 99, a varint.
    const request = decodeRequest(Buffer.from([0x98, 0x06, 0x01]));
    expect(request.request).toBeUndefined();
  });

  it('refuses what is no message', () => {
    expect(() => decodeRequest(Buffer.from([0x22, 0x7f, 0x01]))).toThrow();
  });

  it('writes field numbers as Envoy reads them', () => {
    const bytes = encodeResponse({
      requestBody: {
        response: { bodyMutation: { streamedResponse: { body: text('a'), endOfStream: true } } },
      },
    });
    // request_body = 3 { response = 1 { body_mutation = 3 { streamed_response = 3 { body = 1, end_of_stream = 2 } } } }
    expect(bytes.toString('hex')).toBe('1a0b0a091a071a050a01611001');
    const back = decodeResponse(bytes);
    expect('requestBody' in back && back.requestBody.response?.bodyMutation).toMatchObject({
      streamedResponse: { endOfStream: true },
    });
  });
});
