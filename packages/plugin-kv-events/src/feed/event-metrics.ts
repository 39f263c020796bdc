import type { Metrics } from '@pointsman/core';
import type { Skipped } from '../index-store/engine-cache.ts';
import type { EngineCaches } from '../index-store/engine-caches.ts';

/** Milliseconds between reports of the index, which changes all the time. */
const INDEX_REPORT_MS = 1000;

/** What an instance counts. */
export interface EventMetrics {
  received(): void;
  skipped(reason: Skipped): void;
  interrupted(kind: 'gap' | 'restart'): void;
  failed(): void;
  subscriptions(count: number): void;
  /** Reports the index, once a second at most. */
  index(caches: EngineCaches, now: number): void;
}

export function eventMetrics(metrics: Metrics, plugin: string, pool: string): EventMetrics {
  const labels = { pool, plugin };
  const names = Object.keys(labels);
  const received = metrics.counter({
    name: 'pointsman_kv_event_messages_total',
    help: 'Messages with KV-cache events that model servers have sent.',
    labels: names,
  });
  const skipped = metrics.counter({
    name: 'pointsman_kv_events_skipped_total',
    help: 'KV-cache events that were left out, by reason.',
    labels: [...names, 'reason'],
  });
  const interrupted = metrics.counter({
    name: 'pointsman_kv_event_interruptions_total',
    help: 'Times that messages of a model server were missing (gap) or began anew (restart).',
    labels: [...names, 'kind'],
  });
  const failed = metrics.counter({
    name: 'pointsman_kv_event_errors_total',
    help: 'Messages and replays that could not be had or not be read.',
    labels: names,
  });
  const subscriptions = metrics.gauge({
    name: 'pointsman_kv_event_subscriptions',
    help: 'Sockets that KV-cache events come through.',
    labels: names,
  });
  const blocks = metrics.gauge({
    name: 'pointsman_kv_index_blocks',
    help: 'Different blocks in the index of KV-cache events.',
    labels: names,
  });
  const bytes = metrics.gauge({
    name: 'pointsman_kv_index_bytes',
    help: 'Memory that the index of KV-cache events takes.',
    labels: names,
  });
  let reportedAt = Number.NEGATIVE_INFINITY;
  return {
    received: () => received.add(1, labels),
    skipped: (reason) => skipped.add(1, { ...labels, reason }),
    interrupted: (kind) => interrupted.add(1, { ...labels, kind }),
    failed: () => failed.add(1, labels),
    subscriptions: (count) => subscriptions.set(count, labels),
    index(caches, now) {
      // Also when the clock was set back.
      if (Math.abs(now - reportedAt) < INDEX_REPORT_MS) return;
      reportedAt = now;
      blocks.set(caches.index.blocks, labels);
      bytes.set(caches.bytes, labels);
    },
  };
}
