import {
  createScheduler,
  defineFetcher,
  definePicker,
  type EndpointSpec,
  type GraphOptions,
  type PluginUse,
  type SchedulerHost,
  type TokenizedPrompt,
  tokenizedPrompt,
} from '@pointsman/core';
import { CountedMetrics } from './counted-metrics.ts';

/** Takes the payload for the tokens. */
const tokens = defineFetcher({
  type: 'tokens',
  writes: [tokenizedPrompt],
  create: () => ({
    prepare({ request }, sink) {
      sink.set(tokenizedPrompt, request.payload as TokenizedPrompt);
    },
  }),
})();

/** The best by total, the first among equals. */
const best = definePicker({
  type: 'best-first',
  create: () => ({
    pick(candidates, totals, _cycle, order) {
      for (let i = 0; i < candidates.length; i++) order[i] = i;
      order.subarray(0, candidates.length).sort((a, b) => totals[b]! - totals[a]! || a - b);
      return candidates.length;
    },
  }),
})();

/** A scheduler with the scorer and what it reads, over endpoints that may publish events. */
export class Scene implements AsyncDisposable {
  readonly metrics = new CountedMetrics();
  readonly faults: string[] = [];
  readonly scheduler: SchedulerHost;
  readonly #faultAdded = new Set<() => void>();

  constructor(endpoints: readonly EndpointSpec[], scorer: PluginUse, plugins: readonly PluginUse[] = []) {
    this.scheduler = createScheduler({ endpoints, metrics: this.metrics, ...Scene.graph(scorer, plugins) });
    this.scheduler.on('fault', ({ plugin, stage, error }) => {
      this.faults.push(`${plugin} in ${stage}: ${error instanceof Error ? error.message : String(error)}`);
      for (const resolve of this.#faultAdded) resolve();
    });
  }

  static graph(scorer: PluginUse, plugins: readonly PluginUse[] = []): GraphOptions {
    return { plugins: [tokens, ...plugins], profiles: { default: { scorers: [scorer], picker: best } } };
  }

  get pool() {
    return this.scheduler.pools.get('default')!;
  }

  /** Places a request, and ends it. @returns whom it went to, and the scores by id */
  async place(prompt: TokenizedPrompt, model = 'm') {
    const call = await this.scheduler.schedule({ model, payload: prompt });
    const [profile] = call.decision.explain().profiles;
    const scores = Object.fromEntries(profile!.candidates.map(({ endpoint, scores }) => [endpoint, scores[0]!.raw]));
    call.end();
    return { target: call.decision.target.id, scores };
  }

  /** Resolves when there have been so many faults. */
  async faulted(count: number): Promise<void> {
    while (this.faults.length < count) await new Promise<void>((resolve) => this.#faultAdded.add(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scheduler.close();
  }
}
