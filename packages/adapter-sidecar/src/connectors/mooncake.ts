import { randomUUID } from 'node:crypto';
import { oneToken } from '../request/api.ts';
import type { SidecarOptions } from '../server/sidecar-options.ts';
import type { Bootstrap } from './bootstrap.ts';
import type { Connector } from './connector.ts';

/** Both at once, under one transfer id; the decode is told where the prefiller's bootstrap server is. */
export function mooncake(bootstrap: Bootstrap, { random = Math.random }: SidecarOptions): Connector {
  return async ({ exchange, body, prefiller }) => {
    const ranks = await bootstrap.ranksOf(prefiller, exchange.signal);
    const { rank, engineId } = ranks[Math.floor(random() * ranks.length)]!;
    const transferId = `xfer-${randomUUID()}`;
    const prefillParams = { do_remote_prefill: false, do_remote_decode: true, transfer_id: transferId };
    exchange.startPrefill(
      prefiller,
      body.with({
        kv_transfer_params: JSON.stringify(prefillParams),
        stream: 'false',
        stream_options: undefined,
        ...oneToken(body, exchange.path, 'first'),
      }),
      ['x-data-parallel-rank', rank],
    );
    const decodeParams = {
      do_remote_prefill: true,
      do_remote_decode: false,
      transfer_id: transferId,
      remote_bootstrap_addr: bootstrap.addressOf(prefiller),
      remote_engine_id: engineId,
    };
    await exchange.decode(body.with({ kv_transfer_params: JSON.stringify(decodeParams) }));
  };
}
