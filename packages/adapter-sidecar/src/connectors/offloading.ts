import { randomUUID } from 'node:crypto';
import { oneToken } from '../request/api.ts';
import type { SidecarOptions } from '../server/sidecar-options.ts';
import type { Connector } from './connector.ts';
import { kvSource } from './kv-source.ts';

/** Both at once; the engines exchange blocks through the P2P tier of their offloading connectors, under one id. */
export function offloading({ p2pPort = 7777 }: SidecarOptions): Connector {
  return async ({ exchange, body, prefiller, source }) => {
    const id = randomUUID();
    const decoder = `"remote_decoder":${JSON.stringify({ kv_request_id: id })}`;
    exchange.startPrefill(
      prefiller,
      body.with({
        kv_transfer_params:
          source === undefined ? `{${decoder}}` : `{${decoder},"remote_kv_source":${kvSource(source, p2pPort)}}`,
        stream: 'false',
        stream_options: undefined,
        ...oneToken(body, exchange.path, 'first'),
      }),
    );
    const from = { kv_request_id: id, remote_host: prefiller.host, remote_port: p2pPort };
    await exchange.decode(body.with({ kv_transfer_params: JSON.stringify({ remote_prefiller: from }) }));
  };
}
