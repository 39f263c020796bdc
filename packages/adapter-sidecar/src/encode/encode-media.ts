import { randomUUID } from 'node:crypto';
import { SidecarError } from '../answer/sidecar-error.ts';
import { JsonObjectText } from '../json/json-object.ts';
import type { HostPort } from '../request/host-port.ts';
import type { Exchange } from '../server/exchange.ts';
import type { EncoderConnector } from '../server/sidecar-options.ts';
import { mediaItems } from './media-items.ts';

const PATH = '/v1/chat/completions';

/**
 * Has encoders work on the media of a request, one item each and all at once.
 * @returns the request as it goes on: without a cache threshold, and with what `ec-nixl` encoders answered
 * @throws SidecarError 502 as soon as one of them fails; the others are left
 */
export async function encodeMedia(
  exchange: Exchange,
  body: JsonObjectText,
  encoders: readonly HostPort[],
  connector: EncoderConnector,
): Promise<JsonObjectText> {
  const id = randomUUID();
  const others = new AbortController();
  const signal = AbortSignal.any([exchange.signal, others.signal]);
  const calls = mediaItems(body).map(async (item, i) => {
    const encoder = encoders[i % encoders.length]!;
    const asked = body.with({
      messages: Buffer.concat([Buffer.from('[{"role":"user","content":['), item, Buffer.from(']}]')]),
      max_tokens: '1',
      ...(body.has('max_completion_tokens') && { max_completion_tokens: '1' }),
      min_tokens: undefined,
      stream: 'false',
      stream_options: undefined,
    });
    const headers = ['content-type', 'application/json', 'x-request-id', `${id}-enc-${i}`];
    return encoded(await exchange.call('encoder', encoder, asked, { path: PATH, headers, signal }), encoder, connector);
  });
  let answers: readonly (JsonObjectText | undefined)[];
  try {
    answers = await Promise.all(calls);
  } catch (error) {
    others.abort();
    if (error instanceof SidecarError) throw error;
    throw new SidecarError(502, `an encoder cannot be reached, or broke off: ${(error as Error).message}`, {
      cause: error,
    });
  }
  exchange.addHeader('x-request-id', id);
  const merged: Record<string, Buffer> = {};
  for (const params of answers) for (const [name, text] of params?.members() ?? []) merged[name] = text;
  const hasParams = Object.keys(merged).length > 0;
  return JsonObjectText.of(
    body.with({
      cache_hit_threshold: '0',
      ...(hasParams && { ec_transfer_params: EMPTY.with(merged) }),
    }),
  )!;
}

const EMPTY = JsonObjectText.of(Buffer.from('{}'))!;

function encoded(
  { status, body }: { readonly status: number; readonly body: Buffer },
  { text }: HostPort,
  connector: EncoderConnector,
): JsonObjectText | undefined {
  if (status < 200 || status >= 300) throw new SidecarError(502, `the encoder ${text} answers with status ${status}`);
  // Others leave what they computed where the engine finds it.
  if (connector !== 'ec-nixl') return undefined;
  try {
    return JsonObjectText.parse(body)?.object('ec_transfer_params');
  } catch (cause) {
    throw new SidecarError(502, `the answer of the encoder ${text} is no JSON`, { cause });
  }
}
