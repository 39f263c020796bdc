import type { Metric, Registry } from 'prom-client';
import { Distribution } from './distribution.ts';
import type { Family } from './family.ts';
import type { Labels } from './labels.ts';

/** One line of a page, as prom-client has them. */
interface Line {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Put into text once for all lines that have this object. */
  readonly sharedLabels: Labels;
  readonly value: number;
}

/**
 * A family in a registry of prom-client. Whoever reads the registry itself gets its lines one by one; our own page is
 * written from the family.
 */
export class RegisteredFamily {
  readonly family: Family;
  readonly help: string;
  readonly type: Family['type'];
  /** A registry that writes OpenMetrics takes the ending of counters away. */
  name: string;

  constructor(family: Family) {
    this.family = family;
    this.name = family.name;
    this.help = family.help;
    this.type = family.type;
  }

  /** Nothing is kept here. */
  reset(): void {}

  /** For a registry that writes a page. */
  async getForPromString() {
    const { name, help, type } = this;
    return { name, help, type, aggregator: 'sum', values: linesOf(this.family) };
  }

  async get() {
    const { values, ...described } = await this.getForPromString();
    const whole = values.map(({ labels, sharedLabels, ...line }) => ({
      ...line,
      labels: { ...labels, ...sharedLabels },
    }));
    return { ...described, values: whole };
  }
}

/** Puts a family on the page of a registry. @throws Error when there is a metric of that name */
export function addFamily(registry: Registry, family: Family): void {
  registry.registerMetric(new RegisteredFamily(family) as unknown as Metric);
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
    for (const [i, bucket] of value.counts.entries()) {
      count += bucket;
      lines.push({ metricName: bucketName, labels: { le: value.bounds[i] ?? '+Inf' }, sharedLabels, value: count });
    }
    lines.push({ metricName: `${name}_sum`, labels: NO_LABELS, sharedLabels, value: value.sum });
    lines.push({ metricName: `${name}_count`, labels: NO_LABELS, sharedLabels, value: count });
  }
  return lines;
}
