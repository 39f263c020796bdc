import { describe, expect, it } from 'vitest';
import { refusalIn, say } from '../../test/proxy-client.ts';
import { openStream } from '../../test/recorded-transport.ts';
import { BODY_MODE } from '../wire/messages.ts';
import { isGrpc } from './is-grpc.ts';

/** What is answered to a request of this type that is refused with `status`. */
function refuse(status: number, contentType?: string, mode: keyof typeof BODY_MODE = 'NONE') {
  const { send, transport } = openStream({ process: () => ({ refused: status, message: 'no' }) });
  const type = contentType === undefined ? {} : { 'content-type': contentType };
  send({ ...say.requestHeaders({ ':method': 'POST', ...type }), ...say.modes(BODY_MODE[mode], BODY_MODE[mode]) });
  return refusalIn(transport.replies[0]!);
}

describe('a call of gRPC', () => {
  it.each([
    ['application/grpc', true],
    ['application/grpc+proto', true],
    ['application/grpc; charset=utf-8', true],
    ['Application/GRPC', true],
    ['application/grpc-web', false],
    ['application/grpcx', false],
    ['application/json', false],
    ['text/plain; of=application/grpc', false],
    [undefined, false],
  ])('is %s: %s', (contentType, expected) => {
    expect(isGrpc({ 'content-type': contentType })).toBe(expected);
  });

  it.each([
    [400, 3],
    [401, 16],
    [403, 7],
    [404, 5],
    [412, 9],
    [413, 8],
    [415, 12],
    [429, 8],
    [500, 13],
    [501, 12],
    [503, 14],
    [504, 4],
    [418, 2],
    [599, 2],
  ])('is refused with the status that %i stands for: %i', (status, expected) => {
    expect(refuse(status, 'application/grpc')).toMatchObject({
      status: { code: status },
      grpcStatus: { status: expected },
    });
  });

  it('is refused so in a body mode that is not supported', () => {
    expect(refuse(503, 'application/grpc', 'GRPC')).toMatchObject({
      status: { code: 501 },
      grpcStatus: { status: 12 },
    });
  });
});

it.each([undefined, 'application/json', 'application/grpc-web'])('%s is refused without a status of gRPC', (type) => {
  expect(refuse(429, type)?.grpcStatus ?? undefined).toBeUndefined();
});
