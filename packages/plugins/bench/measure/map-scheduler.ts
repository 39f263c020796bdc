import type { EndpointState } from './endpoint-state.ts';

/** The baseline: the same four formulas over objects, with a map from endpoint to score for each scorer. */
export class MapScheduler {
  readonly #states: readonly EndpointState[];

  constructor(states: readonly EndpointState[]) {
    this.#states = states;
  }

  decideMany(model: string, times: number): string {
    let target = '';
    for (let i = 0; i < times; i++) target = this.#decide(model);
    return target;
  }

  #decide(model: string): string {
    const queues = this.#states.map(({ waiting }) => waiting);
    const [least, most] = [Math.min(...queues), Math.max(...queues)];
    const scorers: [number, (state: EndpointState) => number][] = [
      [2, ({ waiting }) => (most === least ? 1 : (most - waiting) / (most - least))],
      [2, ({ kvUsage }) => 1 - kvUsage],
      [3, ({ matchBlocks, totalBlocks }) => matchBlocks / totalBlocks],
      [1, ({ active, maxActive }) => (active.has(model) ? 1 : active.size < maxActive ? 0.8 : 0)],
    ];
    const totals = new Map<EndpointState, number>(this.#states.map((state) => [state, 0]));
    for (const [weight, score] of scorers) {
      const scores = new Map(this.#states.map((state) => [state, score(state)]));
      for (const [state, value] of scores) totals.set(state, totals.get(state)! + value * weight);
    }
    return [...totals].sort((a, b) => b[1] - a[1])[0]![0].id;
  }
}
