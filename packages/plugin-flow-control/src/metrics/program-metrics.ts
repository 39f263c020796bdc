import { type Gauge, LabelValues, type Metrics } from '@pointsman/core';

/** What programs get, for `program-aware-fairness`. */
export class ProgramMetrics {
  readonly #ids: LabelValues;
  readonly #fairness: Gauge;
  readonly #wait: Gauge;
  readonly #service: Gauge;

  /** @param limit as many programs have series of their own; the others have none */
  constructor(metrics: Metrics, limit: number) {
    this.#ids = new LabelValues(limit);
    this.#fairness = metrics.gauge({
      name: 'llm_d_epp_program_aware_jains_fairness_index',
      help: 'How alike the average waits of programs are; 1 is the same for all.',
    });
    const labels = ['program_id'];
    this.#wait = metrics.gauge({
      name: 'llm_d_epp_program_aware_avg_wait_time_milliseconds',
      help: 'How long requests of a program waited on average.',
      labels,
    });
    this.#service = metrics.gauge({
      name: 'llm_d_epp_program_aware_attained_service_tokens',
      help: 'Tokens that a program has got, output tokens counted twice, those of old counting less.',
      labels,
    });
  }

  waited(id: string, averageMs: number, fairness: number): void {
    this.#fairness.set(fairness);
    if (this.#ids.of(id) === id) this.#wait.set(averageMs, { program_id: id });
  }

  served(id: string, tokens: number): void {
    if (this.#ids.of(id) === id) this.#service.set(tokens, { program_id: id });
  }
}
