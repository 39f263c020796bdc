import { setImmediate as otherWork } from 'node:timers/promises';
import type { Metric, Registry } from 'prom-client';
import { RegisteredFamily } from '../series/add-family.ts';
import type { Labels } from '../series/labels.ts';
import { FamilyWriter } from './family-writer.ts';
import { foreignMetricText } from './foreign-metric.ts';
import type { PageFormat } from './page-format.ts';

/** A piece is a little longer than so many characters. */
const PIECE_LENGTH = 65_536;

/** After so long, in milliseconds, it is the turn of everything else that the process does. */
const SLICE_MS = 2;

/**
 * The page of a registry, piece by piece. A page of many series takes a tenth of a second or more, in which no request could
 * be placed if it were written in one go. So the series of a page are not all of one moment; each of them is.
 */
export async function* pagePieces(registry: Registry, format: PageFormat): AsyncGenerator<string, void, void> {
  const defaults = defaultLabelsOf(registry);
  const gap = format === 'openmetrics' ? '' : '\n';
  let isFirst = true;
  let sliceEndsMs = performance.now() + SLICE_MS;
  let parts: string[] = [];
  let length = 0;
  for (const metric of registry.getMetricsAsArray() as readonly unknown[]) {
    if (!isFirst) parts.push(gap);
    isFirst = false;
    if (!(metric instanceof RegisteredFamily)) {
      parts.push(await foreignMetricText(metric as Metric, format, defaults));
      continue;
    }
    const writer = new FamilyWriter(metric.family, format, defaults);
    parts.push(writer.head);
    for (const sample of metric.family.samples()) {
      const lines = writer.linesOf(sample);
      parts.push(lines);
      length += lines.length;
      if (length < PIECE_LENGTH) continue;
      // Joined here, so that nobody has to do it for all pieces at once.
      yield parts.join('');
      parts = [];
      length = 0;
      if (performance.now() < sliceEndsMs) continue;
      await otherWork();
      sliceEndsMs = performance.now() + SLICE_MS;
    }
  }
  if (format === 'openmetrics') parts.push('# EOF\n');
  yield parts.join('');
}

/** What `setDefaultLabels` was given. A registry has no other way to say it that would not cost a page. */
function defaultLabelsOf(registry: Registry): Labels {
  const { _defaultLabels = {} } = registry as unknown as {
    readonly _defaultLabels?: Readonly<Record<string, unknown>>;
  };
  return Object.fromEntries(Object.entries(_defaultLabels).map(([name, value]) => [name, String(value)]));
}
