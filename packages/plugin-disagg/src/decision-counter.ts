import type { Decision, Metrics } from '@pointsman/core';

/** Counts decisions by the stages that other endpoints took over. */
export function decisionCounter(metrics: Metrics, pool: string, plugin: string): (decision: Decision) => void {
  const counter = metrics.counter({
    name: 'pointsman_disagg_decisions_total',
    help: 'Decisions by how they were split: decode-only, prefill-decode, encode-decode, encode-prefill-decode.',
    labels: ['pool', 'plugin', 'decision'],
  });
  const labelled = (decision: string) => ({ pool, plugin, decision });
  const decodeOnly = labelled('decode-only');
  const prefillDecode = labelled('prefill-decode');
  const encodeDecode = labelled('encode-decode');
  const encodePrefillDecode = labelled('encode-prefill-decode');
  return ({ companions: { prefill, encode }, attempt }) => {
    // A fallback is no new decision.
    if (attempt > 1) return;
    const whole = prefill === undefined ? decodeOnly : prefillDecode;
    const encoded = prefill === undefined ? encodeDecode : encodePrefillDecode;
    counter.add(1, encode === undefined ? whole : encoded);
  };
}
