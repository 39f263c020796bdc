import type { Endpoint } from '@pointsman/core';
import type { CallTiming } from './call-timing.ts';
import { EndpointWork } from './endpoint-work.ts';
import type { PrefillStretch } from './prefill-stretch.ts';
import { SpeedFit } from './speed-fit.ts';

/** Tokens up to which a prompt's fixed cost outweighs them. */
const FLAT_PROMPT_TOKENS = 256;
const FLAT_RUNNING = 32;
/** Requests after which means of the traffic have faded to a third. */
const MEAN_MEMORY = 64;
/** A request counts at most this many times the mean. */
const MEAN_CAP = 10;
const FORMAT = 'pointsman.endpoint-speed/1';

/** Everything that was learned, and what is under way. Handed over as a whole when the configuration changes. */
export class SpeedStore {
  readonly format = FORMAT;
  readonly prefill = new SpeedFit('fixed', FLAT_PROMPT_TOKENS);
  readonly decode = new SpeedFit('slope', FLAT_RUNNING);
  readonly work = new EndpointWork();
  /** By decision number. */
  readonly calls = new Map<number, CallTiming>();
  /** The last stretch of prefill on each row. */
  readonly stretches: (PrefillStretch | undefined)[] = [];
  /** Whose row it is; 0 for nobody's. */
  readonly #incarnations: number[] = [];
  /** Samples that were taken, of all rows. */
  lessons = 0;
  readonly outputTokens = new RunningMean();
  readonly uncachedTokens = new RunningMean();

  /** What an instance handed over, if it is such a store; another installed copy of the package may have made it. */
  static from(inherited: unknown): SpeedStore {
    const isStore = typeof inherited === 'object' && inherited !== null && 'format' in inherited;
    return isStore && inherited.format === FORMAT ? (inherited as SpeedStore) : new SpeedStore();
  }

  /** Takes an endpoint in. What is known of one that was there before in its row is dropped. */
  add(endpoint: Endpoint): void {
    const { row, incarnation } = endpoint;
    if (this.#incarnations[row] === incarnation) return;
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, row + 1)));
    this.prefill.grow(capacity);
    this.decode.grow(capacity);
    this.work.grow(capacity);
    this.#clear(row);
    this.#incarnations[row] = incarnation;
  }

  /** Lets an endpoint go. What is still under way on it reaches nobody. */
  remove(endpoint: Endpoint): void {
    if (this.holds(endpoint)) this.#incarnations[endpoint.row] = 0;
  }

  /** False once the endpoint is gone or its row belongs to another one. */
  holds(endpoint: Endpoint): boolean {
    return this.#incarnations[endpoint.row] === endpoint.incarnation;
  }

  #clear(row: number): void {
    this.prefill.reset(row);
    this.decode.reset(row);
    this.work.reset(row);
    this.stretches[row] = undefined;
  }
}

/** A mean that fades and that single values cannot carry away. */
class RunningMean {
  #count = 0;
  /** NaN before the first value. */
  value = Number.NaN;

  add(value: number): void {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return;
    this.#count++;
    if (this.#count === 1) this.value = value;
    else this.value += (Math.min(value, MEAN_CAP * this.value + 1) - this.value) / Math.min(this.#count, MEAN_MEMORY);
  }
}
