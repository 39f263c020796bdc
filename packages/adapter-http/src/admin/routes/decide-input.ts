import type { RequestInput } from '@pointsman/core';
import {
  ApiError,
  defaultParsers,
  type Parser,
  parseRequest,
  type RequestHeaders,
  resolveParser,
} from '@pointsman/inference-api';
import { z } from 'zod';
import { AdminError } from '../http/admin-error.ts';

const schema = z.strictObject({
  /** Path that the request would be sent to. */
  path: z.string().startsWith('/').default('/v1/chat/completions'),
  headers: z.record(z.string(), z.string()).default({}),
  /** The body of an inference request, as a client would send it. */
  body: z.record(z.string(), z.unknown()).optional(),
  /** Overrules the model of the body. */
  model: z.string().optional(),
  priority: z.number().int().optional(),
  /** Ids or `host:port` of the only endpoints allowed. */
  subset: z.array(z.string()).optional(),
});

/**
 * Reads what decide-only is asked: `{ path, headers, body, model, priority, subset }`, each of which may be left out.
 * @throws AdminError 400
 */
export function decideInput(
  json: unknown,
  parsers: readonly Parser[] = defaultParsers,
  priorityOf?: (headers: RequestHeaders) => number,
): RequestInput {
  const read = schema.safeParse(json);
  if (!read.success) throw new AdminError(400, 'bad_request', z.prettifyError(read.error));
  const { path, body, model, priority, subset } = read.data;
  // Every question has headers of its own: by them it is told from traffic.
  const headers = Object.fromEntries(Object.entries(read.data.headers).map(([k, v]) => [k.toLowerCase(), v]));
  const parsed = body === undefined ? undefined : parseBody(path, headers, body, parsers);
  const asked = model ?? parsed?.model ?? '';
  return {
    model: asked,
    targetModel: asked,
    headers,
    path,
    stream: parsed?.stream ?? false,
    priority: priority ?? priorityOf?.(headers) ?? 0,
    maxOutputTokens: parsed?.maxOutputTokens,
    subset,
    payload: parsed,
  };
}

function parseBody(path: string, headers: Record<string, string>, body: unknown, parsers: readonly Parser[]) {
  if (resolveParser(parsers, path) === undefined) {
    throw new AdminError(400, 'unknown_path', `No API is known under the path "${path}", so its body cannot be read.`);
  }
  try {
    return parseRequest({ path, headers, body: Buffer.from(JSON.stringify(body)), parsers });
  } catch (error) {
    if (!ApiError.is(error)) throw error;
    throw new AdminError(400, error.code, `The body is no request for ${path}: ${error.message}`);
  }
}
