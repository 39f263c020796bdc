import { type Metric, Registry, type RegistryContentType } from 'prom-client';
import type { Labels } from '../series/labels.ts';
import { openMetricsBound } from './open-metrics-bound.ts';
import type { PageFormat } from './page-format.ts';

/** A metric as prom-client writes it. */
interface Written {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string | number>> }[];
}

/** A metric as prom-client's registries see it. */
type Source = Written & { get(): Promise<Written>; getForPromString?(): Promise<Written> };

/**
 * The lines of a metric that prom-client keeps itself, such as those of the process. It writes a registry in one format for
 * good, and changes the names of its metrics doing so: this looks at the metric through a registry of its own.
 * @param defaults labels of the registry, for series that have none of that name
 */
export async function foreignMetricText(metric: Metric, format: PageFormat, defaults: Labels): Promise<string> {
  const source = metric as unknown as Source;
  const isOpenMetrics = format === 'openmetrics';
  const shown = isOpenMetrics ? asOpenMetric(source) : source;
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(isOpenMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE);
  registry.setDefaultLabels(defaults);
  registry.registerMetric(shown as unknown as Metric);
  return `${await registry.getSingleMetricAsString(shown.name)}\n`;
}

function asOpenMetric(source: Source) {
  const { type } = source;
  // The writer puts the ending of counters back, as it is no part of a family's name.
  const name = type === 'counter' ? source.name.replace(/_total$/, '') : source.name;
  return {
    name,
    type,
    async get(): Promise<Written> {
      const written = await (source.getForPromString?.() ?? source.get());
      return {
        ...written,
        name,
        values: type === 'histogram' ? written.values.map(withCanonicalBound) : written.values,
      };
    },
  };
}

function withCanonicalBound<T extends Written['values'][number]>(line: T): T {
  const { le } = line.labels;
  if (typeof le !== 'number') return line;
  return { ...line, labels: { ...line.labels, le: openMetricsBound(le) } };
}
