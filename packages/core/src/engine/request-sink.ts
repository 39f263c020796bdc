import type { CandidateWriter } from '../contract/columns.ts';
import type { DataKey } from '../contract/data-key.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import { PointsmanError } from '../contract/errors.ts';
import type { RequestSink } from '../contract/fetcher.ts';
import { CandidateRows } from './candidate-rows.ts';
import type { RequestCycle } from './cycle.ts';
import type { Instance } from './instance.ts';

/** Where one request fetcher writes for one request. Closed when its time is over: later writes reach nobody. */
export class OpenSink implements RequestSink {
  readonly #cycle: RequestCycle;
  readonly #instance: Instance;
  #open = true;

  constructor(cycle: RequestCycle, instance: Instance) {
    this.#cycle = cycle;
    this.#instance = instance;
  }

  close(): void {
    this.#open = false;
  }

  set(key: DataKey, value: unknown): void {
    this.#require(key);
    if (this.#open) this.#cycle.set(key, value);
  }

  setCandidate(endpoint: Endpoint, key: DataKey, value: unknown): void {
    this.#require(key);
    if (this.#open && !this.#cycle.isPinned(key.id)) this.#cycle.writableRows(key.id)?.set(endpoint.row, value);
  }

  candidates(key: DataKey): CandidateWriter<never> {
    this.#require(key);
    const rows =
      this.#open && !this.#cycle.isPinned(key.id) ? this.#cycle.writableRows(key.id) : new CandidateRows(key, 0);
    return rows as unknown as CandidateWriter<never>;
  }

  #require(key: DataKey): void {
    if (this.#instance.requestWrites.includes(key.id)) return;
    throw new PointsmanError(
      'DATA_UNDECLARED',
      `plugin "${this.#instance.name}" writes ${key.id} without declaring it`,
      {
        plugin: this.#instance.name,
        hint: 'Add the key to the writes of its definition.',
      },
    );
  }
}
