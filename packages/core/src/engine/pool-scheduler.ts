import type { JsonValue } from 'type-fest';
import type { Call } from '../contract/call.ts';
import type { Clock } from '../contract/clock.ts';
import type { DataKey } from '../contract/data-key.ts';
import type { Endpoint, EndpointSource, EndpointSpec } from '../contract/endpoint.ts';
import { PointsmanError } from '../contract/errors.ts';
import type { SchedulerEvents } from '../contract/events.ts';
import type { Explanation } from '../contract/explanation.ts';
import type { Logger } from '../contract/logger.ts';
import type { Metrics } from '../contract/metrics.ts';
import type { GraphOptions, PoolOptions } from '../contract/options.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { InferenceRequest } from '../contract/request.ts';
import type { EndpointHealth, PlannedReload, Pool, ScheduleOptions } from '../contract/scheduler.ts';
import { explain } from '../explain/explain.ts';
import { buildGraph } from './build-graph.ts';
import { DataStore } from './data-store.ts';
import { EndpointTable } from './endpoint-table.ts';
import { Faults } from './faults.ts';
import type { Graph } from './graph.ts';
import { GraphLease } from './graph-lease.ts';
import type { Instance } from './instance.ts';
import { InstanceSet } from './instance-set.ts';
import type { CallOwner, LiveCall } from './live-call.ts';
import { OpenCalls } from './open-calls.ts';
import { Placement } from './placement.ts';
import { PoolFetchers } from './pool-fetchers.ts';
import { RecentDecisions, type RecentOptions } from './recent-decisions.ts';
import type { SafeEvents } from './safe-events.ts';

/** What all pools of a scheduler share. */
export interface PoolContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly events: SafeEvents<SchedulerEvents>;
  readonly seed: string;
  readonly recent: RecentOptions | undefined;
}

/** One pool: its endpoints, its data, its configuration, and the way of a request through them. */
export class PoolScheduler implements Pool, CallOwner {
  readonly name: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly #context: PoolContext;
  readonly #table = new EndpointTable();
  readonly #store: DataStore;
  readonly #instances: InstanceSet;
  readonly #fetchers: PoolFetchers;
  readonly #recent: RecentDecisions;
  readonly #open = new OpenCalls();
  readonly #placement: Placement;
  #lease: GraphLease;
  #source: EndpointSource;
  #sourceStop = new AbortController();
  #state: 'new' | 'started' | 'closed' = 'new';

  /** @throws PointsmanError when the configuration cannot be built */
  constructor(name: string, options: PoolOptions, context: PoolContext) {
    this.name = name;
    this.#context = context;
    this.clock = context.clock;
    this.faults = new Faults(name, context.log, context.events, context.metrics);
    this.#store = new DataStore(this.#table, context.clock);
    const { clock, log, metrics } = context;
    this.#instances = new InstanceSet(
      {
        pool: name,
        clock,
        log,
        metrics,
        table: this.#table,
        store: this.#store,
      },
      this.faults,
    );
    this.#fetchers = new PoolFetchers(name, this.#table, clock, this.faults, context.events);
    this.#recent = new RecentDecisions(context.recent);
    this.#placement = new Placement({
      pool: name,
      seed: `${context.seed}/${name}`,
      clock,
      faults: this.faults,
      table: this.#table,
      events: context.events,
      recent: this.#recent,
      open: this.#open,
      owner: this,
    });
    this.#source = sourceOf(options.endpoints);
    this.#lease = new GraphLease(this.#build(options, undefined));
    this.#instances.hold(this.#lease.graph);
    this.#table.observe({
      added: (endpoint) => context.events.emit('endpoint:added', { pool: name, endpoint }),
      removed: (endpoint) => context.events.emit('endpoint:removed', { pool: name, endpoint }),
      replaced() {},
      grown() {},
    });
    // A list is known at once, so that code can schedule without waiting for `start`.
    if (!isList(options.endpoints)) return;
    try {
      this.#table.replaceAll(options.endpoints);
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    await this.#source.start(this.#table, this.#sourceStop.signal);
    if (this.#state === 'started') this.#fetchers.follow(this.#lease.graph);
  }

  #build(options: GraphOptions, current: Graph | undefined): Graph {
    const created: Instance[] = [];
    try {
      return buildGraph(options, this.#store, (use) => {
        const instance = this.#instances.obtain(use, current);
        if (instance !== current?.instances.get(use.name)) created.push(instance);
        return instance;
      });
    } catch (error) {
      for (const instance of created) void instance.close();
      throw error;
    }
  }

  // The way of a request

  schedule(request: InferenceRequest, options: ScheduleOptions): Promise<Call> {
    if (this.#state === 'closed') {
      return Promise.reject(new PointsmanError('CLOSED', `pool "${this.name}" is shut down`));
    }
    return this.#placement.place(request, options, this.#lease);
  }

  // What calls need of their pool

  occupy(endpoint: Endpoint, change: 1 | -1): void {
    if (!this.#table.isLive(endpoint)) return;
    const { openCalls } = this.#table;
    openCalls[endpoint.row] = Math.max(0, openCalls[endpoint.row]! + change);
    if (change === 1) this.#fetchers.nudge(endpoint.row);
  }

  isLive(endpoint: Endpoint): boolean {
    return this.#table.isLive(endpoint);
  }

  retried(call: LiveCall, from: Endpoint, why: string): void {
    this.#context.events.emit('retried', {
      decision: call.decision,
      from,
      why,
    });
  }

  ended(call: LiveCall, outcome: Outcome): void {
    this.#open.delete(call);
    call.lease.leave();
    this.#context.events.emit('ended', call.decision, outcome, call.cycle.request);
  }

  // Change of configuration

  planReload(options: GraphOptions & Partial<Pick<PoolOptions, 'endpoints'>>): PlannedReload {
    const before = this.#lease.graph;
    const graph = this.#build(options, before);
    const { endpoints } = options;
    if (endpoints !== undefined && isList(endpoints)) new EndpointTable().replaceAll(endpoints);
    const names = (of: Graph) => new Set(of.instances.keys());
    return {
      added: [...names(graph)].filter((name) => graph.instances.get(name) !== before.instances.get(name)),
      removed: [...names(before)].filter((name) => !graph.instances.has(name)),
      commit: () => this.#swap(graph, endpoints),
      discard: () => void this.#instances.discard(graph),
    };
  }

  #swap(graph: Graph, endpoints: PoolOptions['endpoints'] | undefined): void {
    const retired = this.#lease;
    this.#instances.hold(graph);
    this.#lease = new GraphLease(graph);
    if (this.#state === 'started') this.#fetchers.follow(graph);
    this.#instances.retire(retired.graph, graph);
    retired.retire(() => void this.#instances.drop(retired.graph));
    if (endpoints === undefined || endpoints === this.#source) return;
    this.#sourceStop.abort();
    this.#sourceStop = new AbortController();
    this.#source = sourceOf(endpoints);
    if (isList(endpoints)) this.#table.replaceAll(endpoints);
    else if (this.#state === 'started') {
      Promise.resolve(this.#source.start(this.#table, this.#sourceStop.signal)).catch((error: unknown) =>
        this.#context.log.error(`endpoint source of pool "${this.name}" failed: ${String(error)}`),
      );
    }
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#sourceStop.abort();
    this.#fetchers.stop();
    this.#placement.close();
    for (const call of this.#open.list()) call.end({ status: 'shutdown' });
    const { graph } = this.#lease;
    await new Promise<void>((resolve) => this.#lease.retire(() => resolve(this.#instances.drop(graph))));
  }

  // What people and tests see

  endpoints(): readonly Endpoint[] {
    return this.#table.list();
  }

  get openCalls(): number {
    return this.#open.size;
  }

  openCallsOf(endpoint: Endpoint): number {
    return this.#table.isLive(endpoint) ? this.#table.openCalls[endpoint.row]! : 0;
  }

  dataOf(endpoint: Endpoint): Readonly<Record<string, unknown>> {
    if (!this.#table.isLive(endpoint)) return {};
    const data: Record<string, unknown> = {};
    for (const column of this.#store.columns()) {
      if (Number.isNaN(column.writtenAt[endpoint.row])) continue;
      const value = column.get(endpoint.row);
      data[column.key.id] = value instanceof Set ? [...value] : value;
    }
    return data;
  }

  setEndpoints(specs: readonly EndpointSpec[]): void {
    this.#table.replaceAll(specs);
  }

  setData(endpointId: string, key: DataKey, value: unknown): void {
    const endpoint = this.#table.byId(endpointId);
    if (endpoint !== undefined) this.#store.set(endpoint, key, value);
  }

  health(): readonly EndpointHealth[] {
    return this.#fetchers.status();
  }

  recent(limit?: number): readonly Explanation[] {
    return this.#recent.list(limit).map(explain);
  }

  explain(decisionId: string): Explanation | undefined {
    const record = this.#recent.find(decisionId);
    return record === undefined ? undefined : explain(record);
  }

  inspect(): Readonly<Record<string, JsonValue>> {
    const shown: Record<string, JsonValue> = {};
    for (const [name, { plugin }] of this.#lease.graph.instances) {
      try {
        if (plugin.inspect !== undefined) shown[name] = plugin.inspect();
      } catch (error) {
        this.faults.report(name, 'inspect', error);
      }
    }
    return shown;
  }

  faultCounts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.faults.counts());
  }

  plugins(): ReturnType<Pool['plugins']> {
    return [...this.#lease.graph.instances.values()].map(({ name, definition }) => ({
      name,
      type: definition.type,
      kinds: definition.kinds,
    }));
  }
}

function isList(endpoints: PoolOptions['endpoints']): endpoints is readonly EndpointSpec[] {
  return Array.isArray(endpoints);
}

function sourceOf(endpoints: PoolOptions['endpoints']): EndpointSource {
  return isList(endpoints) ? { start: () => {} } : endpoints;
}
