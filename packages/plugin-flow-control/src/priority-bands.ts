import type { BandLimits, FlowControlParams } from './flow-control-params.ts';
import type { Fairness } from './policies/fairness.ts';
import { PriorityBand } from './priority-band.ts';
import type { BandQueue } from './queue/band-queue.ts';

/** Bands of priorities that nobody announced are remembered up to this number while nobody waits in them. */
const MAX_UNANNOUNCED = 100;

/** The bands of a pool, from the highest to the lowest priority. */
export class PriorityBands {
  readonly #params: FlowControlParams;
  readonly #makeQueue: (fairness: Fairness) => BandQueue;
  readonly #byPriority = new Map<number, PriorityBand>();
  readonly #announced = new Set<number>([0]);
  #inOrder: PriorityBand[] = [];
  #priorities: readonly number[] = [];

  constructor(params: FlowControlParams, makeQueue: (fairness: Fairness) => BandQueue) {
    this.#params = params;
    this.#makeQueue = makeQueue;
    for (const { priority } of params.bands) this.#announced.add(priority);
    for (const priority of params.priorities) this.#announced.add(priority);
    for (const priority of this.#announced) this.#byPriority.set(priority, this.#make(priority));
    this.#sort();
  }

  get all(): readonly PriorityBand[] {
    return this.#inOrder;
  }

  /** Of all bands, highest first. */
  get priorities(): readonly number[] {
    return this.#priorities;
  }

  /** The band of a priority; made when there is none yet. */
  of(priority: number): PriorityBand {
    const known = this.#byPriority.get(priority);
    if (known !== undefined) return known;
    if (this.#byPriority.size >= this.#announced.size + MAX_UNANNOUNCED) this.#forgetIdle();
    const band = this.#make(priority);
    this.#byPriority.set(priority, band);
    this.#sort();
    return band;
  }

  /** Index of the highest band in which somebody waits; -1 when nobody does. */
  firstWaiting(): number {
    for (let i = 0; i < this.#inOrder.length; i++) if (this.#inOrder[i]!.requests > 0) return i;
    return -1;
  }

  indexOf(band: PriorityBand): number {
    let [low, high] = [0, this.#priorities.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#priorities[middle]! > band.priority) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #make(priority: number): PriorityBand {
    return new PriorityBand(priority, this.#limitsOf(priority), this.#makeQueue);
  }

  #limitsOf(priority: number): BandLimits {
    const { bands, defaultBand, negativeBand } = this.#params;
    const listed = bands.find((band) => band.priority === priority);
    if (listed !== undefined) return listed;
    return (priority < 0 ? negativeBand : undefined) ?? defaultBand;
  }

  #forgetIdle(): void {
    for (const [priority, band] of this.#byPriority) {
      if (band.requests === 0 && !this.#announced.has(priority)) this.#byPriority.delete(priority);
    }
  }

  #sort(): void {
    this.#inOrder = [...this.#byPriority.values()].sort((a, b) => b.priority - a.priority);
    this.#priorities = this.#inOrder.map(({ priority }) => priority);
  }
}
