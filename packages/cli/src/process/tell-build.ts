import type { Metrics } from '@pointsman/core';
import { packageVersion } from '../version.ts';

/** Says in a metric which version of this program runs, under a name that dashboards know. */
export function tellBuild(metrics: Metrics, metric: { readonly name: string; readonly help: string }): void {
  metrics.gauge({ ...metric, labels: ['commit', 'build_ref'] }).set(1, { commit: '', build_ref: packageVersion() });
}
