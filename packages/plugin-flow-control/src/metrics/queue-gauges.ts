import type { Gauge, Metrics } from '@pointsman/core';
import type { RequestFacts } from '../queue/waiting-request.ts';

const LABELS = ['fairness_id', 'priority', 'inference_pool', 'model_name', 'target_model_name'] as const;

interface Sums {
  readonly labels: Readonly<Record<string, string>>;
  requests: number;
  bytes: number;
}

/** How many requests wait, and their bytes, by flow and model. Only what waits is remembered. */
export class QueueGauges {
  readonly #size: Gauge;
  readonly #bytes: Gauge;
  readonly #sums = new Map<string, Sums>();

  constructor(metrics: Metrics) {
    this.#size = metrics.gauge({
      name: 'llm_d_epp_flow_control_queue_size',
      help: 'Requests that wait.',
      labels: LABELS,
    });
    this.#bytes = metrics.gauge({
      name: 'llm_d_epp_flow_control_queue_bytes',
      help: 'Bytes of the bodies of requests that wait.',
      labels: LABELS,
    });
  }

  add(facts: RequestFacts): void {
    const key = keyOf(facts);
    let sums = this.#sums.get(key);
    if (sums === undefined) {
      sums = { labels: facts.labels, requests: 0, bytes: 0 };
      this.#sums.set(key, sums);
    }
    sums.requests++;
    sums.bytes += facts.bytes;
    this.#show(sums);
  }

  remove(facts: RequestFacts): void {
    const key = keyOf(facts);
    const sums = this.#sums.get(key)!;
    sums.requests--;
    sums.bytes -= facts.bytes;
    if (sums.requests === 0) this.#sums.delete(key);
    this.#show(sums);
  }

  #show({ labels, requests, bytes }: Sums): void {
    this.#size.set(requests, labels);
    this.#bytes.set(bytes, labels);
  }
}

/** A zero byte is in no header. */
function keyOf({ labels }: RequestFacts): string {
  return `${labels['fairness_id']}\0${labels['priority']}\0${labels['model_name']}\0${labels['target_model_name']}`;
}
