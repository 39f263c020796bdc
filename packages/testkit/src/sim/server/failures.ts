import type { IncomingHttpHeaders } from 'node:http';
import { FAILURE_TYPES } from '../options/sim-options.ts';
import { ApiError } from './api-error.ts';
import type { SimContext } from './sim-context.ts';

/** Throws the error that this request is to fail with, if any: asked for by header, or drawn by chance. */
export function injectFailure(headers: IncomingHttpHeaders, context: SimContext): void {
  const asked = headers['x-return-error'];
  if (typeof asked === 'string') throw askedFailure(asked);
  const { failureInjectionRate, failureTypes } = context.options;
  if (failureInjectionRate === 0 || context.random.next() * 100 >= failureInjectionRate) return;
  const types = failureTypes.length > 0 ? failureTypes : FAILURE_TYPES;
  throw failure(types[context.random.below(types.length)]!, context.models.displayed);
}

function askedFailure(value: string): ApiError {
  if (!/^-?\d+$/.test(value)) {
    return new ApiError(400, `Invalid X-Return-Error header value "${value}": must be an integer`);
  }
  const status = Number(value);
  if (status < 400 || status > 599) {
    return new ApiError(400, `Invalid X-Return-Error header value "${value}": must be an error status, 400 to 599`);
  }
  return new ApiError(status, `Simulated error triggered by X-Return-Error header (code ${status})`);
}

function failure(type: (typeof FAILURE_TYPES)[number], model: string): ApiError {
  switch (type) {
    case 'rate_limit':
      return new ApiError(
        429,
        `Rate limit reached for ${model} in organization org-xxx on requests per min (RPM): Limit 3, Used 3, Requested 1.`,
      );
    case 'invalid_api_key':
      return new ApiError(401, 'Incorrect API key provided.');
    case 'context_length':
      return new ApiError(
        400,
        "This model's maximum context length is 4096 tokens. However, your messages resulted in 4500 tokens.",
        'messages',
      );
    case 'server_error':
      return new ApiError(503, 'The server is overloaded or not ready yet.');
    case 'invalid_request':
      return new ApiError(400, "Invalid request: missing required parameter 'model'.", 'model');
    case 'model_not_found':
      return new ApiError(404, `The model '${model}-nonexistent' does not exist`, 'model');
  }
}
