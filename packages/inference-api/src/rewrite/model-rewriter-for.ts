import { isEventStream } from '../usage/event-stream.ts';
import { isCompressed, type ResponseHead } from '../usage/response-meter.ts';
import {
  createResponseModelRewriter,
  type ResponseModelRewriter,
  type ResponseModelRewriterOptions,
} from './response-model-rewriter.ts';

/** A rewriter for the response with these headers; undefined where no name can be found: compressed, or neither JSON nor events. */
export function modelRewriterFor(
  headers: ResponseHead['headers'],
  options: Omit<ResponseModelRewriterOptions, 'stream'>,
): ResponseModelRewriter | undefined {
  if (isCompressed(headers['content-encoding'])) return undefined;
  const stream = isEventStream(headers['content-type']);
  if (!stream && !/\bjson\b/i.test(headers['content-type'] ?? '')) return undefined;
  return createResponseModelRewriter({ ...options, stream });
}
