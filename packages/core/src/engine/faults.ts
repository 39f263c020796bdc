import type { Endpoint } from '../contract/endpoint.ts';
import type { SchedulerEvents } from '../contract/events.ts';
import type { Logger } from '../contract/logger.ts';
import type { Counter, Metrics } from '../contract/metrics.ts';
import type { DecisionRecord } from './decision-record.ts';
import type { SafeEvents } from './safe-events.ts';

/**
 * What happens when a plugin fails: its contribution is lost, it is counted and named, and the request goes on.
 * Logged on the first fault and then at every doubling, so that a plugin that always fails does not flood the log.
 */
export class Faults {
  readonly #counts = new Map<string, number>();
  readonly #pool: string;
  readonly #log: Logger;
  readonly #events: SafeEvents<SchedulerEvents>;
  readonly #counter: Counter;

  constructor(pool: string, log: Logger, events: SafeEvents<SchedulerEvents>, metrics: Metrics) {
    this.#pool = pool;
    this.#log = log;
    this.#events = events;
    this.#counter = metrics.counter({
      name: 'pointsman_plugin_faults_total',
      help: 'Calls of a plugin that failed and lost their contribution.',
      labels: ['pool', 'plugin', 'stage'],
    });
  }

  /** @param endpoint that the call was about, where it was about one */
  report(plugin: string, stage: string, error: unknown, record?: DecisionRecord, endpoint?: Endpoint): void {
    const message = error instanceof Error ? error.message : String(error);
    record?.addFault(plugin, stage, message);
    const id = `${stage}/${plugin}`;
    const count = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, count);
    this.#counter.add(1, { pool: this.#pool, plugin, stage });
    if ((count & (count - 1)) === 0) {
      const where = endpoint === undefined ? '' : ` for endpoint "${endpoint.id}"`;
      this.#log.warn(`plugin "${plugin}" failed in ${stage}${where}: ${message}`, {
        pool: this.#pool,
        plugin,
        stage,
        count,
        ...(endpoint !== undefined && { endpoint: endpoint.id }),
      });
    }
    this.#events.emit('fault', { pool: this.#pool, plugin, stage, endpoint, error });
  }

  /** Faults so far by `stage/plugin`. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}
