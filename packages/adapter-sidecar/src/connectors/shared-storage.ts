import { oneToken } from '../request/api.ts';
import type { Connector } from './connector.ts';

/**
 * First the prefill, which leaves the KV cache in storage that both engines share. A client that gave a cache threshold has the model
 * server try first; it declines when too little of the prompt is cached.
 */
export function sharedStorage(): Connector {
  return async ({ exchange, body, prefiller, hasThreshold }) => {
    const noThreshold = { cache_hit_threshold: '0' };
    if (hasThreshold && (await exchange.tryDecode(exchange.plainBody!))) return;
    const answer = await exchange.prefill(
      prefiller,
      body.with({ ...noThreshold, ...oneToken(body, exchange.path, 'most') }),
    );
    if (answer === undefined) return;
    await exchange.decode(body.with(noThreshold));
  };
}
