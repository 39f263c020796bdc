import { readBody } from '@pointsman/http-relay';
import { SidecarError } from '../answer/sidecar-error.ts';
import type { Connector } from '../connectors/connector.ts';
import { kvSource } from '../connectors/kv-source.ts';
import { encodeMedia } from '../encode/encode-media.ts';
import { JsonObjectText } from '../json/json-object.ts';
import type { Routing } from '../request/routing.ts';
import type { Exchange } from './exchange.ts';
import type { EncoderConnector } from './sidecar-options.ts';

/** How a request that is not just passed on is served. */
export interface SplitOptions {
  readonly connector: Connector;
  readonly encoderConnector: EncoderConnector | undefined;
  readonly bodyBytes: number;
  readonly p2pPort: number;
}

/** Serves a request for which the picker chose more than the model server. @throws SidecarError */
export async function split(exchange: Exchange, routing: Routing, options: SplitOptions): Promise<void> {
  const { prefiller, encoders, source } = routing;
  const bytes = await bodyOf(exchange, options.bodyBytes);
  const sent = parseBody(bytes);
  const hasThreshold = sent.has('cache_hit_threshold');
  let body = sent;
  if (encoders.length > 0 && options.encoderConnector !== undefined) {
    body = await encodeMedia(exchange, sent, encoders, options.encoderConnector);
  }
  exchange.plainBody = body === sent ? bytes : body.with({});
  if (prefiller === undefined) {
    const isSourced = source !== undefined && encoders.length === 0;
    const edits = isSourced && { kv_transfer_params: `{"remote_kv_source":${kvSource(source, options.p2pPort)}}` };
    await exchange.decode(edits ? body.with(edits) : exchange.plainBody);
    return;
  }
  // Whoever holds the blocks already has nothing to pull.
  const pulled = source?.text === prefiller.text ? undefined : source;
  await options.connector({ exchange, body, prefiller, source: pulled, hasThreshold });
}

async function bodyOf({ request, signal }: Exchange, limitBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity') {
    throw new SidecarError(415, `a request with content-encoding ${encoding} cannot be split into prefill and decode`);
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new SidecarError(499, 'the client has gone'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    readBody(request, limitBytes, (body) => {
      signal.removeEventListener('abort', onAbort);
      if (body === undefined) reject(new SidecarError(413, `the body is longer than ${limitBytes} bytes`));
      else resolve(body);
    });
  });
}

function parseBody(bytes: Buffer): JsonObjectText {
  let body: JsonObjectText | undefined;
  try {
    body = JsonObjectText.parse(bytes);
  } catch (cause) {
    throw new SidecarError(400, 'the body is not valid JSON', { cause });
  }
  if (body === undefined) throw new SidecarError(400, 'the body must be a JSON object');
  return body;
}
