import { z } from 'zod';
import {
  type Cycle,
  defineFilter,
  definePicker,
  definePlugin,
  defineScorer,
  type EndpointView,
  type Hooks,
  type Lifetime,
  type PluginUse,
} from '../src/index.ts';

type None = readonly [];

/** Orders candidates by their totals; equal ones in an order drawn from the seeded source. */
export const bestPicker = definePicker({
  type: 'best-picker',
  params: z.strictObject({ count: z.int().min(1).default(1000) }),
  create: ({ params }) => ({
    pick(candidates, totals, cycle, order) {
      const draws = Array.from({ length: candidates.length }, () => cycle.random.next());
      const indices = draws.map((_, i) => i).sort((a, b) => totals[b]! - totals[a]! || draws[a]! - draws[b]!);
      const count = Math.min(params.count, indices.length);
      for (let i = 0; i < count; i++) order[i] = indices[i]!;
      return count;
    },
  }),
});

/** A scorer of one function. */
export function scoring(name: string, score: (endpoint: EndpointView<None>, cycle: Cycle<None>) => number): PluginUse {
  return defineScorer({ type: name, create: () => ({ score }) })();
}

/** A scorer that gives each endpoint what the table says under its id, and 0 to the others. */
export function scoringTable(name: string, table: Readonly<Record<string, number>>): PluginUse {
  return scoring(name, ({ id }) => table[id] ?? 0);
}

/** A filter of one function. */
export function filtering(
  name: string,
  keep: (endpoint: EndpointView<None>, cycle: Cycle<None>) => true | string,
): PluginUse {
  return defineFilter({ type: name, create: () => ({ keep }) })();
}

/** A plugin of hooks. */
export function hooking(name: string, hooks: Hooks<None, None> & Lifetime): PluginUse {
  return definePlugin({ type: name, create: () => hooks })();
}
