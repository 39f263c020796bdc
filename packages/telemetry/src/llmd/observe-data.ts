import type { Metrics, Scheduler } from '@pointsman/core';
import { pluginType } from './plugin-type.ts';

/** Counts data of endpoints that could not be had or used, under the names of llm-d's endpoint picker. */
export function observeData(scheduler: Scheduler, metrics: Metrics): void {
  const polls = metrics.counter({
    name: 'llm_d_epp_datalayer_poll_errors_total',
    help: 'Endpoints whose data could no longer be fetched, by the type of the plugin that fetches.',
    labels: ['source_type'],
  });
  const extractions = metrics.counter({
    name: 'llm_d_epp_datalayer_extract_errors_total',
    help: 'Answers of endpoints that a plugin could not use, by its type.',
    labels: ['source_type', 'extractor_type'],
  });
  scheduler
    .on('poll:failed', ({ pool, fetcher }) => polls.add(1, { source_type: pluginType(scheduler, pool, fetcher) }))
    .on('fault', ({ pool, plugin, stage }) => {
      if (stage === 'extract') extractions.add(1, { extractor_type: pluginType(scheduler, pool, plugin) });
    });
}
