import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from '@pointsman/http-relay';
import { errorBody, type InferenceApi } from '@pointsman/inference-api';
import { GATEWAY_HEADERS, headerValue } from './gateway-headers.ts';
import type { Refusal } from './refusal.ts';

/** What is known of a refused request. */
export interface RefusedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly api: InferenceApi | undefined;
  readonly requestId?: string | undefined;
  readonly decisionId?: string | undefined;
  /** Whether the connection ends with this answer. */
  readonly isLast?: boolean;
}

/** Answers with an error in the dialect of the API that was called. */
export function sendRefusal(refusal: Refusal, refused: RefusedRequest): void {
  const { request, response, api, requestId, decisionId } = refused;
  const headers: Record<string, string | number> = {};
  if (requestId !== undefined) headers[GATEWAY_HEADERS.requestId] = requestId;
  if (decisionId !== undefined) headers[GATEWAY_HEADERS.decision] = headerValue(decisionId);
  if (refusal.reason !== undefined) headers[GATEWAY_HEADERS.reason] = headerValue(refusal.reason);
  if (refusal.retryAfterMs !== undefined) {
    headers['retry-after'] = Math.max(1, Math.ceil(refusal.retryAfterMs / 1000));
    // Finer than seconds; the official clients look at it first.
    headers['retry-after-ms'] = Math.max(0, Math.round(refusal.retryAfterMs));
  }
  refuse(request, response, { status: refusal.status, headers, body: errorBody(api, refusal), isLast: refused.isLast });
}
