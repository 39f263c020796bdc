import type { Release } from '@pointsman/core';
import type { Arrival, ArrivalList } from './arrival-list.ts';
import type { HeapItem } from './indexed-heap.ts';
import type { WaitingLimits } from './waiting-limits.ts';

/** What is known of a request when it begins to wait. */
export interface RequestFacts {
  /** Who it belongs to: within a band, flows get turns. */
  readonly fairnessId: string;
  readonly priority: number;
  /** Size of its body. */
  readonly bytes: number;
  /** When the client wants the first token, in milliseconds since the epoch; infinite when it does not say. */
  readonly firstTokenDueAt: number;
  /** Labels of its metrics. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Those who came while the same limits of time held. */
export interface RequestCohort {
  readonly limits: WaitingLimits;
  readonly arrivals: ArrivalList<WaitingRequest>;
}

/** One request that waits for room in the pool. */
export class WaitingRequest implements HeapItem<WaitingRequest>, Arrival<WaitingRequest> {
  readonly facts: RequestFacts;
  /** When it came, in milliseconds since the epoch. */
  readonly since: number;
  /** Counts those that came before it. */
  readonly sequence: number;
  /** What it is ordered by within its flow, smaller first; the same for all means first come, first served. */
  rank = 0;
  /** Its place in the heap of its flow; -1 while it is in none. */
  heapIndex = -1;
  cohort: RequestCohort | undefined;
  older: WaitingRequest | undefined;
  newer: WaitingRequest | undefined;
  readonly letIn: (release: Release | undefined) => void;
  readonly refuse: (error: unknown) => void;

  constructor(
    facts: RequestFacts,
    since: number,
    sequence: number,
    letIn: (release: Release | undefined) => void,
    refuse: (error: unknown) => void,
  ) {
    this.facts = facts;
    this.since = since;
    this.sequence = sequence;
    this.letIn = letIn;
    this.refuse = refuse;
  }

  /** Whether it goes before another of its flow. */
  isBefore(other: WaitingRequest): boolean {
    return this.rank === other.rank ? this.sequence < other.sequence : this.rank < other.rank;
  }
}
