import type { SidecarOptions } from '../server/sidecar-options.ts';
import type { Connector } from './connector.ts';

/** Both at once, with one room in which the two engines find each other. The prefill's answer is not needed. */
export function sglang({ sglangBootstrapPort = 8998, random = Math.random }: SidecarOptions): Connector {
  return async ({ exchange, body, prefiller }) => {
    const both = body.with({
      bootstrap_host: JSON.stringify(prefiller.host),
      bootstrap_port: String(sglangBootstrapPort),
      bootstrap_room: room(random).toString(),
    });
    exchange.startPrefill(prefiller, both);
    await exchange.decode(both);
  };
}

/** A 63-bit number that no other request has: engines take it modulo their ranks, so every bit counts. */
function room(random: () => number): bigint {
  return (BigInt(Math.floor(random() * 2 ** 31)) << 32n) | BigInt(Math.floor(random() * 2 ** 32));
}
