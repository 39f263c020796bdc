import {
  type Call,
  createScheduler,
  defineFetcher,
  definePicker,
  definePlugin,
  type GraphOptions,
  type Metrics,
  noMetrics,
  type PluginUse,
  PointsmanError,
  type Pool,
  type RequestInput,
  type SchedulerHost,
} from '@pointsman/core';
import { settle, VirtualClock } from '@pointsman/testkit/harness';
import type { z } from 'zod';
import type { flowControlParams } from '../src/flow-control-params.ts';
import { flowControl } from '../src/index.ts';

export interface SamplePoolOptions {
  readonly params?: Omit<z.input<typeof flowControlParams>, 'saturationDetector'>;
  /** Requests that may run at a time. */
  readonly capacity?: number;
  readonly endpoints?: number;
  readonly plugins?: readonly PluginUse[];
  /** True has every request wait on its way from the queue to its place until `place()` is called. */
  readonly isSlow?: boolean;
  readonly metrics?: Metrics;
  /** Whose calls nobody could stop, by id. */
  readonly isDeaf?: (id: string) => boolean;
  /** How full the pool is; default: by what runs. */
  readonly saturation?: () => number;
}

/** What has become of a request. */
export interface Sent {
  readonly id: string;
  /** `waiting`, `running`, `ended`, `evicted`, or the reason why it was turned away. */
  state: string;
  call: Call | undefined;
  error: PointsmanError | undefined;
  abort(): void;
}

/** A pool with flow control and a detector that counts what runs, in virtual time. */
export class SamplePool implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly scheduler: SchedulerHost;
  readonly pool: Pool;
  readonly sent: Sent[] = [];
  readonly faults: string[] = [];
  /** Ids in the order in which they got their places. */
  readonly order: string[] = [];
  running = 0;
  mostRunning = 0;
  capacity: number;
  readonly #isDeaf: (id: string) => boolean;
  readonly #onTheirWay: (() => void)[] = [];
  readonly #graphOf: (params: SamplePoolOptions['params']) => GraphOptions;

  constructor(options: SamplePoolOptions) {
    const { params = {}, capacity = 1, endpoints = 1, plugins = [], isSlow = false, metrics = noMetrics } = options;
    this.capacity = capacity;
    this.#isDeaf = options.isDeaf ?? (() => false);
    const detector = definePlugin({
      type: 'counting-detector',
      create: () => ({
        postChoice: (cycle) => {
          this.order.push(cycle.request.id);
          this.mostRunning = Math.max(this.mostRunning, ++this.running);
          return () => {
            this.running--;
          };
        },
        saturation: (of) => options.saturation?.() ?? (of.length === 0 ? 1 : this.running / this.capacity),
      }),
    });
    const slow = defineFetcher({
      type: 'slow-fetcher',
      create: () => ({
        budgetMs: 1e9,
        prepare: () => new Promise<void>((resolve) => this.#onTheirWay.push(resolve)),
      }),
    });
    const picker = definePicker({
      type: 'first-picker',
      create: () => ({
        pick: (_candidates, _totals, _cycle, order) => {
          order[0] = 0;
          return 1;
        },
      }),
    });
    this.#graphOf = (given) => ({
      profiles: { default: { picker: picker() } },
      plugins: [
        ...plugins,
        ...(isSlow ? [slow()] : []),
        ...(given === undefined ? [] : [flowControl({ ...given, saturationDetector: 'counting-detector' })]),
        detector(),
      ],
    });
    this.scheduler = createScheduler({ endpoints: [], ...this.#graphOf(params), clock: this.clock, metrics });
    this.scheduler.on('fault', ({ plugin, stage, error }) => this.faults.push(`${plugin} ${stage} ${String(error)}`));
    this.pool = this.scheduler.pools.get('default')!;
    this.setEndpoints(endpoints);
  }

  /** Changes the configuration while it runs. */
  reload(params: NonNullable<SamplePoolOptions['params']>): void {
    this.pool.planReload(this.#graphOf(params)).commit();
  }

  /** Takes flow control out of the configuration. */
  reloadWithout(): void {
    this.pool.planReload(this.#graphOf(undefined)).commit();
  }

  /** Plans a change of the configuration, and drops the plan. */
  discardedReload(params: NonNullable<SamplePoolOptions['params']>): void {
    this.pool.planReload(this.#graphOf(params)).discard();
  }

  setEndpoints(count: number): void {
    this.pool.setEndpoints(Array.from({ length: count }, (_, i) => ({ address: `10.0.0.${i + 1}`, port: 8000 })));
  }

  send(input: RequestInput = {}): Sent {
    const abort = new AbortController();
    const id = input.id ?? `r${this.sent.length}`;
    const sent: Sent = { id, state: 'waiting', call: undefined, error: undefined, abort: () => abort.abort() };
    this.sent.push(sent);
    this.scheduler.schedule({ model: 'm', ...input, id }, { signal: abort.signal }).then(
      (call) => {
        sent.call = call;
        sent.state = 'running';
        if (this.#isDeaf(id)) return;
        call.onEvicted((why) => {
          sent.error = why;
          sent.state = 'evicted';
        });
      },
      (error: unknown) => {
        sent.error = PointsmanError.is(error) ? error : undefined;
        sent.state = sent.error?.reason ?? sent.error?.code ?? String(error);
      },
    );
    return sent;
  }

  /** Has flow control look at the pool: an endpoint comes and goes. */
  async lookAgain(): Promise<void> {
    const count = this.pool.endpoints().length;
    this.setEndpoints(count + 1);
    this.setEndpoints(count);
    await this.clock.advance(0);
  }

  /** Ends the call of a request that runs. */
  end(sent: Sent): void {
    sent.call!.end();
    sent.state = 'ended';
  }

  /** Lets the requests that are between the queue and their places get there. */
  place(): void {
    for (const go of this.#onTheirWay.splice(0)) go();
  }

  get onTheirWay(): number {
    return this.#onTheirWay.length;
  }

  states(): readonly string[] {
    return this.sent.map(({ state }) => state);
  }

  settled(): Promise<void> {
    return settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scheduler.close();
  }
}
