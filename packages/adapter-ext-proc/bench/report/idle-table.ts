import type { IdleResult } from '../measure/run-idle.ts';
import { significant } from './significant.ts';
import { tableOf } from './table.ts';

export function idleTable(results: Readonly<Record<string, IdleResult>>): string {
  const rows = Object.entries(results).map(([name, { cores, residentMb, metricsPagesPerSecond }]) => [
    name,
    cores.toFixed(3),
    significant(residentMb),
    metricsPagesPerSecond.toFixed(0),
  ]);
  return tableOf([['without traffic', 'cores', 'RSS MB', 'pages/s'], ...rows]);
}
