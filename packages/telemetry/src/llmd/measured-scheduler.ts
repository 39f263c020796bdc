import type { Call, Scheduler, SchedulerEvents } from '@pointsman/core';
import type { Distribution } from '../series/distribution.ts';
import { MeasuredCall } from './measured-call.ts';
import type { OpenRequests } from './observe-requests.ts';

/**
 * A scheduler as adapters have to see it, so that what only they bring about is measured: how long they wait for a decision,
 * and what their calls tell of responses.
 */
export class MeasuredScheduler implements Scheduler {
  readonly #scheduler: Scheduler;
  readonly #decisionSeconds: Distribution;
  readonly #open: OpenRequests;

  constructor(scheduler: Scheduler, decisionSeconds: Distribution, open: OpenRequests) {
    this.#scheduler = scheduler;
    this.#decisionSeconds = decisionSeconds;
    this.#open = open;
  }

  get pools(): Scheduler['pools'] {
    return this.#scheduler.pools;
  }

  async schedule(...[request, options]: Parameters<Scheduler['schedule']>): Promise<Call> {
    if (options?.dryRun === true) return this.#scheduler.schedule(request, options);
    const startedMs = performance.now();
    try {
      const call = await this.#scheduler.schedule(request, options);
      return new MeasuredCall(call, this.#open, request.stream === true);
    } finally {
      this.#decisionSeconds.observe((performance.now() - startedMs) / 1000);
    }
  }

  on<E extends keyof SchedulerEvents>(event: E, listener: (...args: SchedulerEvents[E]) => void): this {
    this.#scheduler.on(event, listener);
    return this;
  }

  once<E extends keyof SchedulerEvents>(event: E, listener: (...args: SchedulerEvents[E]) => void): this {
    this.#scheduler.once(event, listener);
    return this;
  }

  off<E extends keyof SchedulerEvents>(event: E, listener: (...args: SchedulerEvents[E]) => void): this {
    this.#scheduler.off(event, listener);
    return this;
  }

  start(): Promise<void> {
    return this.#scheduler.start();
  }

  close(): Promise<void> {
    return this.#scheduler.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
