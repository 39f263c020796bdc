import type { Scheduler } from '@pointsman/core';
import type { TrafficWatch } from '../traffic/traffic-watch.ts';
import type { LiveSource } from './live-stream.ts';
import { poolView } from './pool-view.ts';

/** Decisions in one message; in a storm the older ones of the same second are left out. */
const DECISIONS_AT_FIRST = 120;
const DECISIONS_A_TICK = 60;
/** The newest span, and those that a late request or a skipped message may still have changed. */
const SPANS_A_TICK = 3;

/** What the live page is told of a scheduler. */
export class SchedulerSource implements LiveSource {
  readonly #scheduler: Scheduler;
  readonly #watch: TrafficWatch;
  readonly #now: () => number;
  readonly #seen = new Map<string, number>();

  constructor(scheduler: Scheduler, watch: TrafficWatch, now: () => number) {
    this.#scheduler = scheduler;
    this.#watch = watch;
    this.#now = now;
  }

  first(): unknown {
    return this.#message(() => ({ spans: undefined, sinceRevision: 0, decisions: DECISIONS_AT_FIRST }));
  }

  next(): unknown {
    return this.#message((pool) => {
      const sinceRevision = this.#seen.get(pool) ?? 0;
      this.#seen.set(pool, this.#watch.of(pool).decisions.revision);
      return { spans: SPANS_A_TICK, sinceRevision, decisions: DECISIONS_A_TICK };
    });
  }

  #message(optionsOf: (pool: string) => Omit<Parameters<typeof poolView>[2], 'now'>): unknown {
    const now = this.#now();
    const pools = [...this.#scheduler.pools.values()];
    for (const name of this.#seen.keys()) if (!this.#scheduler.pools.has(name)) this.#seen.delete(name);
    return {
      at: now,
      pools: pools.map((pool) => poolView(pool, this.#watch.of(pool.name), { now, ...optionsOf(pool.name) })),
    };
  }
}
