import type { ReplaySummary } from '@pointsman/testkit/workload';
import { tableLines } from '../table.ts';

interface Row {
  readonly label: string;
  readonly of: (summary: ReplaySummary) => number;
  readonly show: (value: number) => string;
}

const ms = (value: number) => `${Math.round(value)} ms`;
const times = (value: number) => `${value.toFixed(2)}x`;

const ROWS: readonly Row[] = [
  { label: 'TTFT p50', of: ({ ttftMs }) => ttftMs.p50, show: ms },
  { label: 'TTFT p95', of: ({ ttftMs }) => ttftMs.p95, show: ms },
  { label: 'TTFT p99', of: ({ ttftMs }) => ttftMs.p99, show: ms },
  { label: 'E2E p50', of: ({ e2eMs }) => e2eMs.p50, show: ms },
  { label: 'E2E p95', of: ({ e2eMs }) => e2eMs.p95, show: ms },
  { label: 'E2E p99', of: ({ e2eMs }) => e2eMs.p99, show: ms },
  { label: 'requests/s', of: ({ requestsPerSecond }) => requestsPerSecond, show: (value) => value.toFixed(1) },
  {
    label: 'output tokens/s',
    of: ({ outputTokensPerSecond }) => outputTokensPerSecond,
    show: (value) => value.toFixed(0),
  },
  {
    label: 'prefix hit rate',
    of: ({ prefixHitRate }) => prefixHitRate,
    show: (value) => `${(100 * value).toFixed(1)} %`,
  },
  { label: 'busiest server, requests', of: ({ requestImbalance }) => requestImbalance, show: times },
  { label: 'busiest server, prompt work', of: ({ workImbalance }) => workImbalance, show: times },
  { label: 'failed requests', of: ({ failed }) => failed, show: String },
];

/** One run in the table. */
export interface ComparedRun {
  readonly name: string;
  readonly summary: ReplaySummary;
}

/** Runs side by side, and how each differs from the first. */
export function comparisonTable([first, ...others]: readonly ComparedRun[]): string {
  if (first === undefined) return '';
  const rows = ROWS.map(({ label, of, show }) => {
    const base = of(first.summary);
    const cells = others.flatMap(({ summary }) => [show(of(summary)), change(base, of(summary))]);
    return [label, show(base), ...cells];
  });
  const header = ['', first.name, ...others.flatMap(({ name }) => [name, ''])];
  return tableLines(header, rows, (column) => column > 0).join('\n');
}

function change(from: number, to: number): string {
  if (from === 0 || !Number.isFinite(to / from)) return '';
  const percent = Math.round(100 * (to / from - 1));
  return `${percent > 0 ? '+' : ''}${percent} %`;
}
