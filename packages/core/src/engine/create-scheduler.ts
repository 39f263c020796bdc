import type { Clock } from '../contract/clock.ts';
import { PointsmanError } from '../contract/errors.ts';
import type { SchedulerEvents } from '../contract/events.ts';
import { type Logger, silentLogger } from '../contract/logger.ts';
import { type Metrics, noMetrics } from '../contract/metrics.ts';
import type { PoolOptions } from '../contract/options.ts';
import type { InferenceRequest, RequestInput } from '../contract/request.ts';
import type { Pool, ScheduleOptions, Scheduler } from '../contract/scheduler.ts';
import { type PoolContext, PoolScheduler } from './pool-scheduler.ts';
import type { RecentOptions } from './recent-decisions.ts';
import { SafeEvents } from './safe-events.ts';
import { systemClock } from './system-clock.ts';

/** What a scheduler with any number of pools is made of. */
export interface SchedulerOptions {
  /** Pools by name. */
  readonly pools: Readonly<Record<string, PoolOptions>>;
  /**
   * Which pool serves a request; undefined for none. Default: the only pool, or with several the one that is named like
   * the requested model, else the one named `default`.
   */
  readonly route?: (request: InferenceRequest) => string | undefined;
  /** Seed of the random source. Default: `pointsman`. */
  readonly seed?: string;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly metrics?: Metrics;
  /** How many recent decisions can be explained. */
  readonly recent?: RecentOptions;
}

/**
 * Makes a scheduler with many pools, each with endpoints and a configuration of its own.
 * @throws PointsmanError when a configuration cannot be built
 */
export function createSchedulerHost(options: SchedulerOptions): SchedulerHost {
  return new SchedulerHost(options);
}

/** Makes a scheduler with one pool, named `default`. @throws PointsmanError when the configuration cannot be built */
export function createScheduler(options: PoolOptions & Omit<SchedulerOptions, 'pools' | 'route'>): SchedulerHost {
  const { seed, clock, log, metrics, recent, ...pool } = options;
  const given = { seed, clock, log, metrics, recent };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return new SchedulerHost({ pools: { default: pool }, ...present });
}

/** Pools of one process under one roof. */
export class SchedulerHost extends SafeEvents<SchedulerEvents> implements Scheduler {
  readonly #pools = new Map<string, PoolScheduler>();
  readonly #context: PoolContext;
  #route: (request: InferenceRequest) => string | undefined;
  #only: PoolScheduler | undefined;
  #state: 'new' | 'started' | 'closed' = 'new';

  constructor(options: SchedulerOptions) {
    const log = options.log ?? silentLogger;
    super((event, error) => log.warn(`a listener of "${event}" failed: ${String(error)}`));
    this.#context = {
      clock: options.clock ?? systemClock,
      log,
      metrics: options.metrics ?? noMetrics,
      events: this,
      seed: options.seed ?? 'pointsman',
      recent: options.recent,
    };
    this.#route = options.route ?? ((request) => this.#byModel(request));
    try {
      for (const [name, pool] of Object.entries(options.pools)) this.#pools.set(name, this.#create(name, pool));
    } catch (error) {
      void this.close();
      throw error;
    }
    this.#settle();
  }

  #create(name: string, options: PoolOptions): PoolScheduler {
    return new PoolScheduler(name, options, this.#context);
  }

  #settle(): void {
    this.#only = this.#pools.size === 1 ? [...this.#pools.values()][0] : undefined;
  }

  #byModel(request: InferenceRequest): string | undefined {
    if (this.#pools.has(request.model)) return request.model;
    return this.#only?.name ?? (this.#pools.has('default') ? 'default' : undefined);
  }

  get pools(): ReadonlyMap<string, Pool> {
    return this.#pools;
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    await Promise.all([...this.#pools.values()].map((pool) => pool.start()));
  }

  schedule(input: RequestInput, options: ScheduleOptions = NO_OPTIONS): ReturnType<PoolScheduler['schedule']> {
    if (this.#state === 'closed') return Promise.reject(new PointsmanError('CLOSED', 'the scheduler is shut down'));
    const request = completeRequest(input);
    const name = this.#route(request);
    const pool = name === undefined ? undefined : this.#pools.get(name);
    if (pool !== undefined) return pool.schedule(request, options);
    const error = new PointsmanError('NO_POOL', `no pool serves the model "${request.model}"`, {
      hint: `There are the pools ${[...this.#pools.keys()].map((known) => `"${known}"`).join(', ')}.`,
    });
    this.emit('rejected', { pool: '', request, error });
    return Promise.reject(error);
  }

  /**
   * Changes pools and their configuration in one step: everything is checked first, and nothing changes when any of it
   * is wrong. Pools that are not named any more are closed; their open calls end as shut down.
   * @throws PointsmanError
   */
  reload(options: Pick<SchedulerOptions, 'pools' | 'route'>): {
    readonly changed: readonly string[];
  } {
    const plans = new Map<string, ReturnType<PoolScheduler['planReload']>>();
    const fresh = new Map<string, PoolScheduler>();
    let failing = '';
    try {
      for (const [name, pool] of Object.entries(options.pools)) {
        failing = name;
        const known = this.#pools.get(name);
        if (known === undefined) fresh.set(name, this.#create(name, pool));
        else plans.set(name, known.planReload(pool));
      }
    } catch (error) {
      for (const plan of plans.values()) plan.discard();
      for (const pool of fresh.values()) void pool.close();
      this.emit('reload:failed', { pool: failing, error });
      throw error;
    }
    for (const [name, pool] of this.#pools) {
      if (name in options.pools) continue;
      this.#pools.delete(name);
      void pool.close();
    }
    for (const [name, plan] of plans) {
      plan.commit();
      this.emit('reloaded', {
        pool: name,
        added: plan.added,
        removed: plan.removed,
      });
    }
    for (const [name, pool] of fresh) {
      this.#pools.set(name, pool);
      if (this.#state === 'started') {
        pool.start().catch((error: unknown) => this.emit('reload:failed', { pool: name, error }));
      }
    }
    if (options.route !== undefined) this.#route = options.route;
    this.#settle();
    const changed = [...plans].filter(([, plan]) => plan.added.length + plan.removed.length > 0).map(([name]) => name);
    return { changed: [...changed, ...fresh.keys()] };
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const NO_OPTIONS: ScheduleOptions = Object.freeze({});

let requestCount = 0;

function completeRequest(input: RequestInput): InferenceRequest {
  const model = input.model ?? '';
  return {
    id: input.id ?? `request-${++requestCount}`,
    model,
    targetModel: input.targetModel ?? model,
    headers: input.headers ?? NO_HEADERS,
    path: input.path ?? '',
    stream: input.stream ?? false,
    priority: input.priority ?? 0,
    maxOutputTokens: input.maxOutputTokens,
    subset: input.subset,
    payload: input.payload,
  };
}

const NO_HEADERS: InferenceRequest['headers'] = Object.freeze({});
