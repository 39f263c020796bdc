import { tableLines } from '../table.ts';
import type { DecideAnswer } from './answer.ts';

/** The answer for people. */
export function answerTable(answer: DecideAnswer): string {
  const { target, order, drops, scores, totals, headers, responseHeaders, faults, error } = answer;
  const lines =
    target === null
      ? [`Turned away: ${error?.status ?? ''} ${error?.code ?? ''}: ${error?.message ?? ''}`]
      : [`Target: ${target}`];
  if (order.length > 1) lines.push(`Then: ${order.slice(1).join(', ')}`);
  for (const { endpoint, filter, reason } of drops) lines.push(`Dropped: ${endpoint} by ${filter}: ${reason}`);
  const ranked = Object.entries(totals).sort(([, a], [, b]) => b - a);
  if (ranked.length > 0) {
    const scorers = Object.keys(scores);
    const rows = ranked.map(([endpoint, total]) => [
      endpoint,
      rounded(total),
      ...scorers.map((scorer) => rounded(scores[scorer]?.[endpoint])),
    ]);
    lines.push('', ...tableLines(['endpoint', 'total', ...scorers], rows, (column) => column > 0), '');
  }
  for (const [name, value] of Object.entries(headers)) lines.push(`Header to the model server: ${name}: ${value}`);
  for (const [name, value] of Object.entries(responseHeaders)) lines.push(`Header to the client: ${name}: ${value}`);
  for (const { plugin, stage, message } of faults) lines.push(`Fault: ${plugin} in ${stage}: ${message}`);
  return lines.join('\n').trimEnd();
}

function rounded(value: number | null | undefined): string {
  return value === undefined ? '-' : value === null ? 'lost' : String(Math.round(value * 1e4) / 1e4);
}
