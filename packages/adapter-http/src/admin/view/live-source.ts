import type { Pool, Scheduler } from '@pointsman/core';
import { DEFAULT_SLOW_MS } from '../traffic/decision-log.ts';
import { ExplanationStore } from '../traffic/explanation-store.ts';
import type { TrafficWatch } from '../traffic/traffic-watch.ts';
import { type DecisionsView, decisionsView, type Sent } from './decisions-view.ts';
import type { LiveSource } from './live-stream.ts';
import { type PoolView, poolView } from './pool-view.ts';

/** Entries of one list; more than a person reads. */
const LISTED = 50;
/** The newest span, and those that a skipped message may have left behind. */
const SPANS_A_MESSAGE = 3;

const NOTHING: Sent = new Map();

/** What the live page is told of a scheduler. */
export class SchedulerSource implements LiveSource {
  /** Of requests that somebody sees in a list. */
  readonly explanations: ExplanationStore;
  readonly #scheduler: Scheduler;
  readonly #watch: TrafficWatch;
  readonly #now: () => number;
  #sent = new Map<string, Sent>();

  constructor(scheduler: Scheduler, watch: TrafficWatch, now: () => number) {
    this.#scheduler = scheduler;
    this.explanations = new ExplanationStore(scheduler);
    this.#watch = watch;
    this.#now = now;
  }

  first(): unknown {
    return this.#message((pool, now) => {
      const watched = this.#watch.of(pool.name);
      const { view } = decisionsView(watched.decisions.lists(LISTED, DEFAULT_SLOW_MS), NOTHING);
      this.#keep(view, now);
      return poolView(pool, watched, view, now, undefined);
    });
  }

  next(): unknown {
    const all = new Map<string, Sent>();
    const message = this.#message((pool, now) => {
      const watched = this.#watch.of(pool.name);
      const lists = watched.decisions.lists(LISTED, DEFAULT_SLOW_MS);
      const { view, sent } = decisionsView(lists, this.#sent.get(pool.name) ?? NOTHING);
      all.set(pool.name, sent);
      this.#keep(view, now);
      return poolView(pool, watched, view, now, SPANS_A_MESSAGE);
    });
    this.#sent = all;
    return message;
  }

  #keep({ entries }: DecisionsView, now: number): void {
    for (const { id, pool, status } of entries) {
      if (id !== null && status !== 'open') this.explanations.keep(pool, id, now);
    }
  }

  #message(viewOf: (pool: Pool, now: number) => PoolView): unknown {
    const now = this.#now();
    return { at: now, pools: [...this.#scheduler.pools.values()].map((pool) => viewOf(pool, now)) };
  }
}
