import { randomUUID } from 'node:crypto';
import type { Collected } from '../answer/collect.ts';
import { SidecarError } from '../answer/sidecar-error.ts';
import { usageEditor } from '../answer/usage-edit.ts';
import { cachedTokensOf } from '../json/cached-tokens.ts';
import { JsonObjectText } from '../json/json-object.ts';
import { oneToken } from '../request/api.ts';
import type { SidecarOptions } from '../server/sidecar-options.ts';
import type { Connector } from './connector.ts';
import { kvSource } from './kv-source.ts';

const PREFILL_PARAMS = {
  do_remote_decode: true,
  do_remote_prefill: false,
  remote_engine_id: null,
  remote_block_ids: null,
  remote_host: null,
  remote_port: null,
};

/**
 * First the prefill, whole; its `kv_transfer_params` go to the model server, which then pulls the KV cache from the prefiller.
 */
export function nixlv2({ p2pPort = 7777 }: SidecarOptions): Connector {
  return async ({ exchange, body, prefiller, source }) => {
    const params = JSON.stringify(PREFILL_PARAMS);
    const prefillBody = body.with({
      kv_transfer_params:
        source === undefined ? params : `${params.slice(0, -1)},"remote_kv_source":${kvSource(source, p2pPort)}}`,
      stream: 'false',
      stream_options: undefined,
      ...oneToken(body, exchange.path, 'all'),
    });
    exchange.addHeader('x-request-id', randomUUID());
    const answer = await exchange.prefill(prefiller, prefillBody);
    if (answer === undefined) return;
    const answered = parseAnswer(answer);
    const kv = answered.text('kv_transfer_params');
    if (kv === undefined) exchange.log.warn('a prefiller sent no kv_transfer_params', { prefiller: prefiller.text });
    await exchange.decode(body.with({ kv_transfer_params: kv ?? 'null' }), usageEditor(cachedTokensOf(answered)));
  };
}

function parseAnswer({ body }: Collected): JsonObjectText {
  let answer: JsonObjectText | undefined;
  try {
    answer = JsonObjectText.parse(body);
  } catch {
    answer = undefined;
  }
  if (answer === undefined) throw new SidecarError(502, 'the answer of the prefiller is no JSON object');
  return answer;
}
