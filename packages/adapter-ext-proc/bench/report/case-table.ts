import type { CaseResult, SetupResult } from '../measure/case-result.ts';
import type { Quantiles } from '../measure/quantiles.ts';
import { significant } from './significant.ts';
import { tableOf } from './table.ts';

type Column = readonly [title: string, cell: (result: SetupResult) => string];

const COST: readonly Column[] = [
  ['requests/s', ({ requestsPerSecond }) => significant(requestsPerSecond)],
  ['x none', ({ requestsPerSecondRatioToNone }) => significant(requestsPerSecondRatioToNone)],
  ['picker CPU ms', ({ pickerCpuMs }) => significant(pickerCpuMs)],
  ['x fixed', ({ pickerCpuRatioToFixed }) => significant(pickerCpuRatioToFixed)],
  ['Envoy CPU ms', ({ envoyCpuMs }) => significant(envoyCpuMs)],
  ['x none', ({ envoyCpuRatioToNone }) => significant(envoyCpuRatioToNone)],
  ['rest CPU ms', ({ restCpuMs }) => significant(restCpuMs)],
  ['RSS MB', ({ pickerResidentMb }) => significant(pickerResidentMb)],
  ['peak', ({ pickerPeakResidentMb }) => significant(pickerPeakResidentMb)],
  ['pages/s', ({ metricsPagesPerSecond }) => metricsPagesPerSecond.toFixed(0)],
  ['other cores', ({ otherCores }) => significant(otherCores)],
  ['failed', ({ failed, requests }) => `${failed} of ${requests}`],
];

const LATENCY: readonly Column[] = [
  ...quantileColumns('', ({ durationMs }) => durationMs),
  ...quantileColumns('+', ({ durationMsOverNone }) => durationMsOverNone),
  ...quantileColumns('TTFT ', ({ ttftMs }) => ttftMs),
  ...quantileColumns('+', ({ ttftMsOverNone }) => ttftMsOverNone),
];

/** Two tables: what requests cost, and how long they take, in milliseconds. */
export function caseTables(result: CaseResult): string {
  const table = (title: string, columns: readonly Column[]) =>
    tableOf([
      [title, ...columns.map(([name]) => name)],
      ...Object.entries(result).map(([name, values]) => [name, ...columns.map(([, cell]) => cell(values))]),
    ]);
  return `${table('a request', COST)}\n${table('takes, ms', LATENCY)}`;
}

function quantileColumns(prefix: string, of: (result: SetupResult) => Quantiles): readonly Column[] {
  return (['p50', 'p95', 'p99'] as const).map(
    (name): Column => [`${prefix}${name}`, (result) => significant(of(result)[name])],
  );
}
