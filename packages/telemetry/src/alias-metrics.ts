import type { Scheduler } from '@pointsman/core';
import type { Metric, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** A metric of a plugin that llm-d has under another name. */
interface Alias {
  readonly name: string;
  readonly of: string;
  readonly labels: (labels: Labels, typeOf: (pool: string, plugin: string) => string) => Labels;
}

/** One number of a metric, as prom-client holds it. */
interface Sample {
  readonly value: number;
  readonly labels: Labels;
  /** Of a part of a histogram: the name of the metric and `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string;
}

const ofPrefixIndex: Alias['labels'] = ({ pool = '', plugin = '' }, typeOf) => ({
  plugin_name: plugin,
  plugin_type: typeOf(pool, plugin),
});
const ofInFlight: Alias['labels'] = ({ producer = '', endpoint = '' }) => ({
  endpoint_name: endpoint.slice(endpoint.indexOf('/') + 1),
  namespace: endpoint.slice(0, Math.max(0, endpoint.indexOf('/'))),
  producer_name: producer,
});

const ALIASES: readonly Alias[] = [
  {
    name: 'llm_d_epp_prefix_indexer_size',
    of: 'pointsman_prefix_index_entries',
    labels: ofPrefixIndex,
  },
  {
    name: 'llm_d_epp_prefix_indexer_hit_ratio',
    of: 'pointsman_prefix_cache_hit_ratio',
    labels: ofPrefixIndex,
  },
  {
    name: 'llm_d_epp_inflight_requests',
    of: 'pointsman_inflight_requests',
    labels: ofInFlight,
  },
  {
    name: 'llm_d_epp_inflight_tokens',
    of: 'pointsman_inflight_tokens',
    labels: ofInFlight,
  },
];

/**
 * Gives metrics of plugins under the names that llm-d's endpoint picker gives them too. They are made when the page is
 * read, so that nothing is counted twice.
 */
export function aliasMetrics(scheduler: Scheduler, registry: Registry): void {
  const typeOf = (pool: string, plugin: string) =>
    scheduler.pools
      .get(pool)
      ?.plugins()
      .find(({ name }) => name === plugin)?.type ?? plugin;
  for (const { name, of, labels } of ALIASES) {
    const alias = {
      name,
      reset() {},
      async get() {
        const source = registry.getSingleMetric(of);
        // The plugin is not at work.
        if (source === undefined) return { name, help: `The same as ${of}.`, type: 'gauge', values: [] };
        const { type, values } = (await source.get()) as unknown as { type: string; values: readonly Sample[] };
        return {
          name,
          help: `The same as ${of}.`,
          type,
          values: values.map((sample) => {
            const { le, ...own } = sample.labels;
            return {
              ...sample,
              labels: { ...(le !== undefined && { le }), ...labels(own, typeOf) },
              ...(sample.metricName !== undefined && { metricName: sample.metricName.replace(of, name) }),
            };
          }),
        };
      },
    };
    registry.registerMetric(alias as unknown as Metric);
  }
}
