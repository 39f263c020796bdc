import type { ProcessingResponse } from '../wire/messages.ts';
import { grpcStatusOf } from './grpc-status-of.ts';
import { headerMutation } from './header-edits.ts';
import type { Refusal } from './refusal.ts';

/** The header that says why a request was dropped. */
const DROPPED_REASON = 'x-llm-d-request-dropped-reason';

/** The words of llm-d's endpoint picker, on which clients match. */
const CODE_OF_STATUS: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [412, 'PreconditionFailed'],
  [413, 'PayloadTooLarge'],
  [415, 'UnsupportedMediaType'],
  [422, 'UnprocessableEntity'],
  [429, 'ResourceExhausted'],
  [500, 'Internal'],
  [501, 'NotImplemented'],
  [503, 'ServiceUnavailable'],
]);

/**
 * The reply that makes the proxy answer the client itself.
 * @param isGrpc whether the client speaks gRPC, and so reads a status of gRPC
 */
export function immediateResponse(refusal: Refusal, isGrpc: boolean): ProcessingResponse {
  const { refused, message, reason, retryAfterMs } = refusal;
  const code = CODE_OF_STATUS.get(refused) ?? (refused < 500 ? 'BadRequest' : 'Internal');
  const set: Record<string, string> = {};
  if (reason !== undefined) set[DROPPED_REASON] = reason;
  if (retryAfterMs !== undefined) set['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  const headers = headerMutation({ set, remove: [] });
  return {
    immediateResponse: {
      status: { code: refused },
      ...(headers && { headers }),
      body: Buffer.from(`inference error: ${code} - ${message}`),
      ...(isGrpc && { grpcStatus: { status: grpcStatusOf(refused) } }),
    },
  };
}
