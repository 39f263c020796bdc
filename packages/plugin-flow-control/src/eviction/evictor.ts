import type { Clock, DecisionDraft, Logger, Rejection, Release } from '@pointsman/core';
import type { EvictionParams } from '../flow-control-params.ts';
import type { FlowObserver } from '../flow-observer.ts';
import { IndexedHeap } from '../queue/indexed-heap.ts';
import { RunningRequest } from './running-request.ts';

/** So many are given up before it is looked at again what that has brought. */
const MOST_AT_ONCE = 2;

const EVICTED: Rejection = { status: 429, reason: 'evicted', message: 'request evicted by flow control' };

/** Who waits for room that there is not. */
export interface Demand {
  readonly priority: number;
  /** How full the pool is. */
  readonly saturation: number;
  /** Saturation from which on the demand has to wait. */
  readonly ceiling: number;
  /** Requests that run. */
  readonly running: number;
}

export interface EvictorOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly observer: FlowObserver;
}

/**
 * Gives up requests that run when more important ones wait, as llm-d does: those of a priority below 0, the least important
 * first, and of equal ones who came last. So many that, by the mean of what a request takes, the pool comes down to the ceiling,
 * but two at most; and nobody while it cannot be seen yet what the last ones have brought.
 */
export class Evictor {
  readonly #options: EvictorOptions;
  readonly #running = new IndexedHeap<RunningRequest>();
  #params: EvictionParams | undefined;
  #sequence = 0;
  #stopCooling: (() => void) | undefined;

  constructor(options: EvictorOptions) {
    this.#options = options;
  }

  /** @param params undefined for giving up nobody */
  configure(params: EvictionParams | undefined): void {
    this.#params = params;
  }

  /** A request has got its place. @returns what to call when it gives it back; undefined when nobody will take it from it */
  placed(priority: number, decision: Pick<DecisionDraft, 'evict'>): Release | undefined {
    if (priority >= 0 || this.#params === undefined) return undefined;
    const request = new RunningRequest(priority, this.#sequence++, decision);
    this.#running.add(request);
    return () => {
      request.hasEnded = true;
      if (request.heapIndex >= 0) this.#running.remove(request);
    };
  }

  /** Gives up requests that are less important than the demand. What they held has been given back when it returns. */
  makeRoomFor({ priority, saturation, ceiling, running }: Demand): void {
    if (this.#params === undefined || this.#stopCooling !== undefined || ceiling <= 0 || saturation < ceiling) return;
    const victim = this.#running.first();
    if (victim === undefined || victim.priority >= priority) return;
    const credit = saturation / running;
    const target = saturation - ceiling;
    const wanted = Math.min(MOST_AT_ONCE, Math.max(1, Math.ceil(target / credit)));
    const { clock, observer } = this.#options;
    // Set before: what is given up has others look at the pool, and come back here.
    this.#stopCooling = clock.schedule(this.#params.graceMs, () => this.#cooled());
    const evicted = this.#evict(wanted, priority);
    if (evicted > 0) observer.reclaiming(target, evicted * credit);
    else this.close();
  }

  /** Ends its timer; to be called when nobody comes any more. */
  close(): void {
    this.#stopCooling?.();
    this.#stopCooling = undefined;
  }

  #cooled(): void {
    this.#stopCooling = undefined;
    this.#options.observer.reclaiming(0, 0);
  }

  /** @returns how many were given up */
  #evict(wanted: number, below: number): number {
    let evicted = 0;
    const deaf: RunningRequest[] = [];
    for (let request = this.#running.first(); evicted < wanted; request = this.#running.first()) {
      if (request === undefined || request.priority >= below) break;
      this.#running.remove(request);
      if (this.#tryToEvict(request, below)) evicted++;
      else deaf.push(request);
    }
    // Others may have ended in the meantime.
    for (const request of deaf) if (!request.hasEnded) this.#running.add(request);
    return evicted;
  }

  #tryToEvict({ decision }: RunningRequest, demand: number): boolean {
    const { clock, log, observer } = this.#options;
    const before = clock.now();
    try {
      if (!decision.evict(EVICTED)) return false;
    } catch (error) {
      // Whoever forwarded it failed to stop, but the call has ended.
      log.warn(`flow control: a request that was given up could not be stopped: ${String(error)}`);
    }
    observer.evicted(demand, clock.now() - before);
    return true;
  }
}
