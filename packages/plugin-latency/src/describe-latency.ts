import type { CandidateRecords } from '@pointsman/core';

/** What is expected of an endpoint, for the explanation of a decision: `default/a: first token in 84 ms, then 12.5 ms each`. */
export function describeLatency(id: string, rows: CandidateRecords<'ttftMs' | 'tpotMs'>, row: number): string {
  return `${id}: first token in ${inMs(rows.fields.ttftMs[row]!)}, then ${inMs(rows.fields.tpotMs[row]!)} each`;
}

function inMs(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown ms';
  return `${ms < 100 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}
