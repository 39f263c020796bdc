import type { Gauge, Metrics } from '@pointsman/core';
import type { Filling } from '../flow-observer.ts';

/** How much of the room to wait in is taken, by band and of all bands; 1 is all of it. */
export class FillingGauges {
  readonly #ofAll: Readonly<Record<string, string>>;
  /** Labels by priority. */
  readonly #ofBand = new Map<string, Readonly<Record<string, string>>>();
  readonly #bandRequests: Gauge;
  readonly #bandBytes: Gauge;
  readonly #allRequests: Gauge;
  readonly #allBytes: Gauge;

  constructor(metrics: Metrics, pool: string) {
    this.#ofAll = { inference_pool: pool };
    const ofBand = ['priority', 'inference_pool'];
    const ofAll = ['inference_pool'];
    this.#bandRequests = metrics.gauge({
      name: 'llm_d_epp_flow_control_capacity_utilization_requests',
      help: 'Requests that wait in a band, as a share of its limit.',
      labels: ofBand,
    });
    this.#bandBytes = metrics.gauge({
      name: 'llm_d_epp_flow_control_capacity_utilization_bytes',
      help: 'Bytes of requests that wait in a band, as a share of its limit.',
      labels: ofBand,
    });
    this.#allRequests = metrics.gauge({
      name: 'llm_d_epp_flow_control_global_capacity_utilization_requests',
      help: 'Requests that wait, as a share of the limit of all bands.',
      labels: ofAll,
    });
    this.#allBytes = metrics.gauge({
      name: 'llm_d_epp_flow_control_global_capacity_utilization_bytes',
      help: 'Bytes of requests that wait, as a share of the limit of all bands.',
      labels: ofAll,
    });
  }

  /** @param priority as a label: of a limited number */
  show(priority: string, band: Filling, all: Filling): void {
    let ofBand = this.#ofBand.get(priority);
    if (ofBand === undefined) {
      ofBand = { ...this.#ofAll, priority };
      this.#ofBand.set(priority, ofBand);
    }
    this.#bandRequests.set(band.requests / band.limits.maxRequests, ofBand);
    this.#bandBytes.set(band.bytes / band.limits.maxBytes, ofBand);
    if (all.limits.maxRequests > 0) this.#allRequests.set(all.requests / all.limits.maxRequests, this.#ofAll);
    if (all.limits.maxBytes > 0) this.#allBytes.set(all.bytes / all.limits.maxBytes, this.#ofAll);
  }
}
