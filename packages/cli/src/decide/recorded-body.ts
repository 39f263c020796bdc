import type { RequestInput } from '@pointsman/core';
import { parseRequest } from '@pointsman/inference-api';
import type { RecordedRequest } from '@pointsman/testkit/state';

/** What the body of a recorded HTTP request says, as the HTTP adapter would read it. @throws ApiError */
export function payloadOf(recorded: RecordedRequest): RequestInput {
  if (recorded.body === undefined) return {};
  const text = typeof recorded.body === 'string' ? recorded.body : JSON.stringify(recorded.body);
  const path = recorded.path ?? '/v1/completions';
  const payload = parseRequest({ path, headers: recorded.headers ?? {}, body: new TextEncoder().encode(text) });
  const model = payload.model ?? '';
  return {
    path,
    payload,
    model,
    targetModel: recorded.targetModel ?? model,
    stream: payload.stream,
    maxOutputTokens: recorded.maxOutputTokens ?? payload.maxOutputTokens,
  };
}
