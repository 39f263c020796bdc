import type { Endpoint, Metrics } from '@pointsman/core';
import type { Lesson } from './speed-fit.ts';
import type { SpeedStore } from './speed-store.ts';

/** Tokens of the prompt that the gauge speaks of. */
const PROMPT_TOKENS = 1000;

/** What operators see of the learned speeds. */
export class SpeedMetrics {
  readonly #pool: string;
  readonly #producer: string;
  readonly #prefill;
  readonly #decode;
  readonly #lessons;
  readonly #accuracy;

  constructor(metrics: Metrics, pool: string, producer: string) {
    this.#pool = pool;
    this.#producer = producer;
    const labels = ['pool', 'producer', 'endpoint'];
    this.#prefill = metrics.gauge({
      name: 'pointsman_endpoint_prefill_ms',
      help: 'Learned time to the first token of 1000 uncached prompt tokens on an idle endpoint, in milliseconds.',
      labels,
    });
    this.#decode = metrics.gauge({
      name: 'pointsman_endpoint_decode_ms',
      help: 'Learned time to each further token of a request that runs alone, in milliseconds.',
      labels,
    });
    this.#lessons = metrics.counter({
      name: 'pointsman_endpoint_speed_samples_total',
      help: 'Samples of prefill and decode: learned, cut down as an outlier, or followed at once as a jump.',
      labels: ['pool', 'producer', 'of', 'lesson'],
    });
    this.#accuracy = metrics.histogram({
      name: 'pointsman_expected_ttft_ratio',
      help: 'Measured over expected time to the first token.',
      labels: ['pool', 'producer'],
      buckets: [0.25, 0.5, 0.8, 1.25, 2, 4],
    });
  }

  learned(endpoint: Endpoint, of: 'prefill' | 'decode', lesson: Lesson, { prefill, decode }: SpeedStore): void {
    this.#lessons.add(1, { pool: this.#pool, producer: this.#producer, of, lesson });
    const { row } = endpoint;
    const labels = this.#labelsOf(endpoint);
    if (of === 'prefill') this.#prefill.set(prefill.fixed[row]! + PROMPT_TOKENS * prefill.slope[row]!, labels);
    else this.#decode.set(decode.fixed[row]! + decode.slope[row]!, labels);
  }

  gone(endpoint: Endpoint): void {
    const labels = this.#labelsOf(endpoint);
    this.#prefill.set(0, labels);
    this.#decode.set(0, labels);
  }

  firstToken(measuredMs: number, expectedMs: number): void {
    if (!(measuredMs >= 0 && expectedMs > 0)) return;
    this.#accuracy.observe(measuredMs / expectedMs, { pool: this.#pool, producer: this.#producer });
  }

  #labelsOf(endpoint: Endpoint) {
    return { pool: this.#pool, producer: this.#producer, endpoint: endpoint.id };
  }
}
