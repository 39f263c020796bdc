import type { Metric, Registry } from 'prom-client';
import { Distribution } from './distribution.ts';
import type { Labels } from './labels.ts';

export type FamilyType = 'counter' | 'gauge' | 'histogram';

/** Labels and number of one time series. */
export type Sample = readonly [labels: Labels, value: number | Distribution];

/** A metric whose series are looked up when somebody reads it. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  samples(): Iterable<Sample>;
}

/** One line of a page, as prom-client writes them. */
interface Line {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Written once for all lines that have this object. */
  readonly sharedLabels?: Labels;
  readonly value: number;
}

/** Puts a family on the page of a registry. @throws Error when there is a metric of that name */
export function addFamily(registry: Registry, family: Family): void {
  const { name, help, type } = family;
  const linesNow = () => ({ name, help, type, aggregator: 'sum', values: linesOf(family) });
  const metric = {
    name,
    help,
    type,
    // Nothing is kept here.
    reset() {},
    getForPromString: async () => linesNow(),
    async get() {
      const { values, ...described } = linesNow();
      const whole = values.map(({ labels, sharedLabels, ...line }) => ({
        ...line,
        labels: { ...labels, ...sharedLabels },
      }));
      return { ...described, values: whole };
    },
  };
  registry.registerMetric(metric as unknown as Metric);
}

const NO_LABELS = Object.freeze({});

function linesOf({ name, samples }: Family): Line[] {
  const lines: Line[] = [];
  const bucketName = `${name}_bucket`;
  for (const [sharedLabels, value] of samples()) {
    if (!(value instanceof Distribution)) {
      lines.push({ labels: NO_LABELS, sharedLabels, value });
      continue;
    }
    let count = 0;
    for (const [i, bound] of value.bounds.entries()) {
      count += value.counts[i]!;
      lines.push({ metricName: bucketName, labels: { le: bound }, sharedLabels, value: count });
    }
    count += value.counts.at(-1)!;
    lines.push({ metricName: bucketName, labels: { le: '+Inf' }, sharedLabels, value: count });
    lines.push({ metricName: `${name}_sum`, labels: NO_LABELS, sharedLabels, value: value.sum });
    lines.push({ metricName: `${name}_count`, labels: NO_LABELS, sharedLabels, value: count });
  }
  return lines;
}
