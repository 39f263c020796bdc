import type { Clock, Metrics } from '@pointsman/core';

/** Tells monitoring whether the configuration at work is the one that was asked for last. */
export class ReloadMetrics {
  readonly #clock: Clock;
  readonly #successful: ReturnType<Metrics['gauge']>;
  readonly #at: ReturnType<Metrics['gauge']>;

  constructor(metrics: Metrics, clock: Clock) {
    this.#clock = clock;
    this.#successful = metrics.gauge({
      name: 'pointsman_config_last_reload_successful',
      help: '1 when the last configuration that was given is at work, 0 when it was refused.',
    });
    this.#at = metrics.gauge({
      name: 'pointsman_config_last_reload_success_timestamp_seconds',
      help: 'When a configuration was last put to work.',
    });
    this.succeeded();
  }

  succeeded(): void {
    this.#successful.set(1);
    this.#at.set(this.#clock.now() / 1000);
  }

  failed(): void {
    this.#successful.set(0);
  }
}
