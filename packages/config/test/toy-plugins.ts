import {
  candidateNumber,
  defineFetcher,
  defineFilter,
  definePicker,
  definePlugin,
  defineProfileHandler,
  defineScorer,
  type PluginDefinition,
  requestValue,
} from '@pointsman/core';
import { z } from 'zod';
import { createCatalog } from '../src/catalog/catalog.ts';

const words = requestValue<readonly string[]>()('Words/word-producer');
const warmth = candidateNumber('Warmth/warmth-producer');
const ping = requestValue<number>()('Ping/ping-producer');
const pong = requestValue<number>()('Pong/pong-producer');

const flatScorer = defineScorer({
  type: 'flat-scorer',
  aliases: ['even-scorer'],
  description: 'Gives everybody the same.',
  params: z.strictObject({
    score: z.number().min(0).max(1).default(0.5),
    mode: z.enum(['plain', 'fancy']).default('plain'),
    nested: z.strictObject({ maxAge: z.int().optional() }).optional(),
  }),
  create: ({ params }) => ({ score: () => params.score }),
});

/** Takes any parameters, and uses none. */
const looseScorer = defineScorer({
  type: 'loose-scorer',
  params: z.looseObject({}),
  create: () => ({ score: () => 1 }),
});

const warmScorer = defineScorer({
  type: 'warm-scorer',
  reads: [warmth],
  create: () => ({ score: (endpoint) => endpoint.get(warmth) ?? 0 }),
});

const warmthProducer = defineFetcher({
  type: 'warmth-producer',
  reads: [words],
  writes: [warmth],
  create: () => ({
    prepare(_cycle, sink, endpoints) {
      for (const endpoint of endpoints) sink.setCandidate(endpoint, warmth, endpoint.port % 2);
    },
  }),
});

const wordProducer = defineFetcher({
  type: 'word-producer',
  writes: [words],
  create: () => ({ prepare: (cycle, sink) => sink.set(words, [cycle.request.model]) }),
});

const lostScorer = defineScorer({
  type: 'lost-scorer',
  reads: [candidateNumber('Nothing/nowhere')],
  create: () => ({ score: () => 0 }),
});

const evenPort = defineFilter({
  type: 'even-port-filter',
  create: () => ({ keep: (endpoint) => endpoint.port % 2 === 0 || 'odd port' }),
});

const firstPicker = definePicker({
  type: 'first-picker',
  create: () => ({
    pick(_candidates, _totals, _cycle, order) {
      order[0] = 0;
      return 1;
    },
  }),
});

const maxScorePicker = definePicker({
  type: 'max-score-picker',
  create: () => ({
    pick(candidates, totals, _cycle, order) {
      for (let i = 0; i < candidates.length; i++) order[i] = i;
      order.subarray(0, candidates.length).sort((a, b) => totals[b]! - totals[a]!);
      return candidates.length;
    },
  }),
});

const singleProfileHandler = defineProfileHandler({
  type: 'single-profile-handler',
  create: () => ({
    handle(cycle, run) {
      const primary = run(cycle.profiles[0] ?? '');
      return primary && { primary };
    },
  }),
});

const everyProfileHandler = defineProfileHandler({
  type: 'every-profile-handler',
  create: () => ({
    handle(cycle, run) {
      const results = cycle.profiles.flatMap((profile) => run(profile) ?? []);
      return results[0] && { primary: results[0] };
    },
  }),
});

/** Two that wait for each other. */
const pingProducer = defineFetcher({
  type: 'ping-producer',
  reads: [pong],
  writes: [ping],
  create: () => ({ prepare() {} }),
});
const pongProducer = defineFetcher({
  type: 'pong-producer',
  reads: [ping],
  writes: [pong],
  create: () => ({ prepare() {} }),
});

/** Refuses to be made. */
const brokenHooks = definePlugin({
  type: 'broken-hooks',
  create: () => {
    throw new Error('out of order');
  },
});

/** Counts requests, and hands the count over. */
const counter = definePlugin({
  type: 'counter',
  params: z.strictObject({ step: z.number().default(1) }),
  create: ({ params, inherited, onClose }) => {
    let count = typeof inherited === 'number' ? inherited : 0;
    let isClosed = false;
    onClose(() => {
      isClosed = true;
    });
    return {
      postChoice(_cycle, decision) {
        count += params.step;
        decision.setHeader('x-count', String(count));
        return () => {
          if (isClosed) throw new Error('released after the end');
        };
      },
      handOver: () => count,
      inspect: () => ({ count }),
    };
  },
});

export const toyPlugins: readonly PluginDefinition[] = [
  brokenHooks,
  counter,
  everyProfileHandler,
  evenPort,
  firstPicker,
  flatScorer,
  looseScorer,
  lostScorer,
  maxScorePicker,
  pingProducer,
  pongProducer,
  singleProfileHandler,
  warmScorer,
  warmthProducer,
  wordProducer,
];

export const toyCatalog = createCatalog(toyPlugins);
