import { type Metric, type OpenMetricsContentType, Registry } from 'prom-client';

/** A metric as prom-client writes it. */
interface Written {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string | number>> }[];
}

/**
 * The page of a registry in OpenMetrics format. prom-client writes a registry in one format for good, and changes the names
 * of its metrics doing so: this looks at them through a second registry.
 */
export async function openMetricsPage(registry: Registry): Promise<string> {
  const page = new Registry<OpenMetricsContentType>();
  page.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of registry.getMetricsAsArray()) page.registerMetric(asOpenMetric(metric as unknown as Metric));
  return page.metrics();
}

function asOpenMetric(metric: Metric): Metric {
  const source = metric as unknown as Written & { get(): Promise<Written>; getForPromString?(): Promise<Written> };
  const { type } = source;
  // The writer puts the ending of counters back, as it is no part of a family's name.
  const name = type === 'counter' ? source.name.replace(/_total$/, '') : source.name;
  const view = {
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
  return view as unknown as Metric;
}

/** Bounds of buckets are floating-point numbers there: `1.0`. */
function withCanonicalBound<T extends Written['values'][number]>(line: T): T {
  const { le } = line.labels;
  if (!Number.isInteger(le)) return line;
  return { ...line, labels: { ...line.labels, le: `${le}.0` } };
}
