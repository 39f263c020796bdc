import type { IncomingHttpHeaders } from 'node:http';
import {
  createResponseModelRewriter,
  isCompressed,
  isEventStream,
  type ResponseModelRewriter,
} from '@pointsman/inference-api';

/** A model that goes by another name at the model server. */
export interface RenamedModel {
  /** The model server's name. */
  readonly from: string;
  /** The client's name. */
  readonly to: string;
}

/** Turns the name back in an answer; undefined for one in which it cannot be found: compressed, or neither JSON nor events. */
export function modelRewriterFor(
  renamed: RenamedModel,
  headers: IncomingHttpHeaders,
): ResponseModelRewriter | undefined {
  if (isCompressed(headers['content-encoding'])) return undefined;
  const stream = isEventStream(headers['content-type']);
  if (!stream && !/\bjson\b/i.test(headers['content-type'] ?? '')) return undefined;
  return createResponseModelRewriter({ ...renamed, stream });
}
