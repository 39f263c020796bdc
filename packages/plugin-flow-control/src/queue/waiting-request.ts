import type { Release } from '@pointsman/core';

/** What is known of a request when it begins to wait. */
export interface RequestFacts {
  /** Who it belongs to: within a band, flows get turns. */
  readonly fairnessId: string;
  readonly priority: number;
  /** Size of its body. */
  readonly bytes: number;
  /** What its flow is ordered by, smaller first; the same for all means first come, first served. */
  readonly rank: number;
  /** Labels of its metrics. */
  readonly labels: Readonly<Record<string, string>>;
}

/** One request that waits for room in the pool. */
export class WaitingRequest {
  readonly facts: RequestFacts;
  /** When it came, in milliseconds since the epoch. */
  readonly since: number;
  /** Counts those that came before it. */
  readonly sequence: number;
  /** Its place in the heap of its flow; -1 while it is in none. */
  heapIndex = -1;
  /** Those that came just before and after it and still wait. */
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
    const [mine, theirs] = [this.facts.rank, other.facts.rank];
    return mine === theirs ? this.sequence < other.sequence : mine < theirs;
  }
}
