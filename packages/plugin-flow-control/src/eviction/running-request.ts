import type { DecisionDraft } from '@pointsman/core';
import type { HeapItem } from '../queue/indexed-heap.ts';

/** A request that runs and may be given up. */
export class RunningRequest implements HeapItem<RunningRequest> {
  readonly priority: number;
  readonly decision: Pick<DecisionDraft, 'evict'>;
  heapIndex = -1;
  hasEnded = false;
  /** Counts those that got their places before it. */
  readonly #sequence: number;

  constructor(priority: number, sequence: number, decision: Pick<DecisionDraft, 'evict'>) {
    this.priority = priority;
    this.#sequence = sequence;
    this.decision = decision;
  }

  /** Whether it is given up before another: it is less important, or less of its work is lost. */
  isBefore(other: RunningRequest): boolean {
    return this.priority === other.priority ? this.#sequence > other.#sequence : this.priority < other.priority;
  }
}
