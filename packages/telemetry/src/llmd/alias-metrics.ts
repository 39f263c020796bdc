import type { Scheduler } from '@pointsman/core';
import type { Registry } from 'prom-client';
import type { PrometheusMetrics } from '../prometheus-metrics.ts';
import { addFamily } from '../series/add-family.ts';
import { Distribution } from '../series/distribution.ts';
import type { Family, Sample } from '../series/family.ts';
import type { Labels } from '../series/labels.ts';
import { endpointLabels } from './endpoint-labels.ts';
import { pluginType } from './plugin-type.ts';

/** A metric of a plugin that llm-d has under another name. */
interface Alias extends Pick<Family, 'name' | 'type'> {
  readonly of: string;
  readonly labels: (labels: Labels, scheduler: Scheduler) => Labels;
}

const ofPlugin: Alias['labels'] = ({ pool = '', plugin = '' }, scheduler) => ({
  plugin_name: plugin,
  plugin_type: pluginType(scheduler, pool, plugin),
});
const ofInFlight: Alias['labels'] = ({ producer = '', endpoint = '' }) => ({
  ...endpointLabels(endpoint),
  producer_name: producer,
});

const ALIASES: readonly Alias[] = [
  {
    name: 'llm_d_epp_prefix_indexer_size',
    type: 'gauge',
    of: 'pointsman_prefix_index_entries',
    labels: ofPlugin,
  },
  {
    name: 'llm_d_epp_prefix_indexer_hit_ratio',
    type: 'histogram',
    of: 'pointsman_prefix_cache_hit_ratio',
    labels: ofPlugin,
  },
  {
    name: 'llm_d_epp_inflight_requests',
    type: 'gauge',
    of: 'pointsman_inflight_requests',
    labels: ofInFlight,
  },
  {
    name: 'llm_d_epp_inflight_tokens',
    type: 'gauge',
    of: 'pointsman_inflight_tokens',
    labels: ofInFlight,
  },
  {
    name: 'llm_d_epp_disagg_decision_total',
    type: 'counter',
    of: 'pointsman_disagg_decisions_total',
    labels: (labels, scheduler) => ({ ...ofPlugin(labels, scheduler), decision_type: labels['decision'] ?? '' }),
  },
];

/**
 * Gives metrics of plugins under the names that llm-d's endpoint picker gives them too. They are made when the page is
 * read, so that nothing is counted twice.
 */
export function aliasMetrics(scheduler: Scheduler, metrics: PrometheusMetrics, registry: Registry): void {
  for (const { name, type, of, labels } of ALIASES) {
    addFamily(registry, {
      name,
      help: `The same as ${of}.`,
      type,
      samples: () => sumByLabels(metrics.samplesOf(of), (own) => labels(own, scheduler)),
    });
  }
}

/** llm-d's labels do not name the pool: what has the same ones in several pools is one series. */
function sumByLabels(samples: Iterable<Sample>, relabel: (labels: Labels) => Labels): Iterable<Sample> {
  const sums = new Map<string, Sample>();
  for (const [own, value] of samples) {
    const labels = relabel(own);
    const key = JSON.stringify(labels);
    const sum = sums.get(key);
    sums.set(key, [labels, sum === undefined ? value : plus(sum[1], value)]);
  }
  return sums.values();
}

function plus(a: Sample[1], b: Sample[1]): Sample[1] {
  if (a instanceof Distribution) return b instanceof Distribution ? a.plus(b) : a;
  return b instanceof Distribution ? b : a + b;
}
