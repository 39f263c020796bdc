import type { Metrics } from '@pointsman/core';
import type { BlockHashes } from './hash/block-hashes.ts';
import type { PrefixIndex } from './index-store/prefix-index.ts';

/** Milliseconds between reports of the index, which changes with every request. */
const INDEX_REPORT_MS = 1000;

/** Makes the function that reports one placed request: what of it was cached on its target, and how the index is. */
export function hitMetrics(
  metrics: Metrics,
  plugin: string,
  pool: string,
): (now: number, hitBlocks: number, hashes: BlockHashes, index: PrefixIndex) => void {
  const labels = { pool, plugin };
  const names = Object.keys(labels);
  const hitRatio = metrics.histogram({
    name: 'pointsman_prefix_cache_hit_ratio',
    help: 'Share of the prompt, in blocks, that the chosen endpoint is assumed to have cached.',
    labels: names,
    buckets: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  });
  const hitTokens = metrics.histogram({
    name: 'pointsman_prefix_cache_hit_tokens',
    help: 'Tokens of the prompt that the chosen endpoint is assumed to have cached.',
    labels: names,
    buckets: [0, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072],
  });
  const entries = metrics.gauge({
    name: 'pointsman_prefix_index_entries',
    help: 'Pairs of endpoint and block in the prefix index.',
    labels: names,
  });
  const bytes = metrics.gauge({
    name: 'pointsman_prefix_index_bytes',
    help: 'Memory that the prefix index takes.',
    labels: names,
  });
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (now, hitBlocks, hashes, index) => {
    hitRatio.observe(hitBlocks / hashes.count, labels);
    hitTokens.observe(hitBlocks * hashes.blockSizeTokens, labels);
    // Also when the clock was set back.
    if (Math.abs(now - reportedAt) < INDEX_REPORT_MS) return;
    reportedAt = now;
    entries.set(index.entries, labels);
    bytes.set(index.bytes, labels);
  };
}
