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

/** Two runs side by side, and how the second differs from the first. */
export function comparisonTable(
  before: { readonly name: string; readonly summary: ReplaySummary },
  after: { readonly name: string; readonly summary: ReplaySummary },
): string {
  const rows = ROWS.map(({ label, of, show }) => {
    const [a, b] = [of(before.summary), of(after.summary)];
    const change = a === 0 || !Number.isFinite(b / a) ? '' : signed(Math.round(100 * (b / a - 1)));
    return [label, show(a), show(b), change];
  });
  return tableLines(['', before.name, after.name, 'change'], rows, (column) => column > 0).join('\n');
}

function signed(percent: number): string {
  return `${percent > 0 ? '+' : ''}${percent} %`;
}
