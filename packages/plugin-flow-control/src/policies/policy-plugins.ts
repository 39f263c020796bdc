import { definePlugin, type PluginDefinition } from '@pointsman/core';
import { z } from 'zod';
import { programParams } from '../programs/program-params.ts';
import { holdbackParams, staticLimitParams } from './usage-limit.ts';

/** Takes parameters and ignores them, as in the reference. */
const anyParams = z.looseObject({});

/** Says which rule is meant, with its parameters; it has no hooks, and `flow-control` keeps the rule. */
function policy(type: string, description: string, params: z.ZodType = anyParams): PluginDefinition {
  return definePlugin({ type, description, params, create: () => ({}) });
}

/** What the section `flowControl` of a configuration and its bands name. */
export const policyPlugins: readonly PluginDefinition[] = [
  policy('fcfs-ordering-policy', 'Ordering of a flow: who came first goes first.'),
  policy('edf-ordering-policy', 'Ordering of a flow: whose time in the queue ends first goes first.'),
  policy('slo-deadline-ordering-policy', 'Ordering of a flow: whose first token is due first goes first.'),
  policy('global-strict-fairness-policy', 'Fairness of a band: all of its flows are one queue.'),
  policy('round-robin-fairness-policy', 'Fairness of a band: its flows take turns.'),
  policy(
    'program-aware-fairness',
    'Fairness of a band: it is the turn of the program that has got least, or has waited longest.',
    programParams,
  ),
  policy('static-usage-limit-policy', 'Usage limit: one saturation for all bands.', staticLimitParams),
  policy(
    'priority-holdback-policy',
    'Usage limit: the lower a band, the lower the saturation up to which it is served.',
    holdbackParams,
  ),
  policy(
    'soft-reflective-ceiling-policy',
    'Usage limit: lower bands are slowed down while the pool fills up.',
    z.strictObject({}),
  ),
  policy('sheddable-eviction-filter', 'Eviction: who may be given up while they run: requests of a priority below 0.'),
  policy('priority-then-time-eviction-order-policy', 'Eviction: the least important goes first, then who came last.'),
];
