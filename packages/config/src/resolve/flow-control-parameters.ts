import { isDeepStrictEqual } from 'node:util';
import { millisecondsOf } from '@pointsman/core';
import type { FlowControlSection } from '../document/document-schema.ts';
import { wholeNumber } from '../document/quantity.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import type { Reporter } from '../problems/reporter.ts';
import type { AdmissionSettings } from './admission-settings.ts';
import type { PoolPlugin, PoolPlugins } from './pool-plugins.ts';
import { reportUndeclared } from './resolve-profiles.ts';

type Band = NonNullable<FlowControlSection['defaultPriorityBand']>;

const PROGRAM_AWARE = 'program-aware-fairness';

/** What the section may name, by what it is for: types, and of these the one that need not be declared. */
const POLICIES = {
  fairness: {
    what: 'fairness policy',
    types: ['global-strict-fairness-policy', 'round-robin-fairness-policy', PROGRAM_AWARE],
  },
  ordering: {
    what: 'ordering policy',
    types: ['fcfs-ordering-policy', 'edf-ordering-policy', 'slo-deadline-ordering-policy'],
  },
  usageLimit: {
    what: 'usage limit policy',
    types: ['static-usage-limit-policy', 'priority-holdback-policy', 'soft-reflective-ceiling-policy'],
  },
} as const;

/**
 * Parameters of the plugin `flow-control`, from the section of the file: numbers for quantities and durations, and rules for
 * the plugins that stand for them.
 * @returns undefined when a reference leads nowhere, which is then reported
 */
export function flowControlParameters(
  { detector, priorities, section }: AdmissionSettings,
  plugins: PoolPlugins,
  reporter: Reporter,
): Readonly<Record<string, unknown>> | undefined {
  const at: ConfigPath = ['flowControl'];
  let isComplete = true;
  /** The one plugin of its type that bands name. */
  let programAware: PoolPlugin | undefined;
  const policy = (kind: keyof typeof POLICIES, name: string | undefined, path: ConfigPath) => {
    const { what, types } = POLICIES[kind];
    const found = name === undefined ? undefined : plugins.find(name);
    if (name === undefined || (found === undefined && name === types[0])) return undefined;
    if (found !== undefined && (types as readonly string[]).includes(found.type)) return found;
    isComplete = false;
    if (found !== undefined) reporter.error(path, `"${name}" is no ${what}`);
    else if (!plugins.isRefused(name)) reportUndeclared(name, path, plugins, reporter);
    return undefined;
  };
  const fairnessOf = (name: string | undefined, path: ConfigPath) => {
    const found = policy('fairness', name, path);
    if (found?.type !== PROGRAM_AWARE) return found?.type;
    programAware ??= found;
    if (!isDeepStrictEqual(programAware.use?.params, found.use?.params)) {
      isComplete = false;
      const hint = 'What programs have got is counted over all bands: name one of them in each.';
      reporter.error(path, `"${name}" and "${programAware.name}" have other parameters`, { hint });
    }
    return found.type;
  };
  const bandOf = ({ maxBytes, maxRequests, fairnessPolicyRef, orderingPolicyRef }: Band, path: ConfigPath) => ({
    ...limit('maxBytes', maxBytes),
    ...limit('maxRequests', maxRequests),
    fairness: fairnessOf(fairnessPolicyRef, [...path, 'fairnessPolicyRef']),
    ordering: policy('ordering', orderingPolicyRef, [...path, 'orderingPolicyRef'])?.type,
  });

  const seen = new Set<number>();
  const bands = (section.priorityBands ?? []).map(({ priority = 0, ...band }, index) => {
    const path = [...at, 'priorityBands', index];
    if (seen.has(priority)) {
      isComplete = false;
      reporter.error(path, `two bands have the priority ${priority}`, { hint: 'Leave one of them out.' });
    }
    seen.add(priority);
    return { priority, ...bandOf(band, path) };
  });
  const { defaultPriorityBand, defaultNegativePriorityBand, usageLimitPolicyPluginRef } = section;
  const usage = policy('usageLimit', usageLimitPolicyPluginRef, [...at, 'usageLimitPolicyPluginRef']);
  const params = {
    ...limit('maxBytes', section.maxBytes),
    ...limit('maxRequests', section.maxRequests),
    ...budget('requestTtlMs', section.defaultRequestTTL, [...at, 'defaultRequestTTL']),
    ...budget('noEndpointTtlMs', section.noEndpointRequestTTL, [...at, 'noEndpointRequestTTL']),
    ...(defaultPriorityBand && { defaultBand: bandOf(defaultPriorityBand, [...at, 'defaultPriorityBand']) }),
    ...(defaultNegativePriorityBand && {
      negativeBand: bandOf(defaultNegativePriorityBand, [...at, 'defaultNegativePriorityBand']),
    }),
    bands,
    priorities,
    ...(programAware && { programs: programAware.use?.params }),
    ...(usage && { usageLimit: { type: usage.type, params: usage.use?.params } }),
    ...(section.enableEviction === true && { eviction: evictionBy(plugins.find(detector.name)?.type) }),
    saturationDetector: detector.name,
  };
  return isComplete ? params : undefined;

  function budget(key: string, text: string | undefined, path: ConfigPath): Readonly<Record<string, number>> {
    if (text === undefined) return {};
    const ms = millisecondsOf(text);
    if (ms >= 0) return { [key]: ms };
    isComplete = false;
    reporter.error(path, 'must not be negative');
    return {};
  }
}

/** One detector knows at once what giving up a request has brought. Others need as long as `flow-control` says by itself. */
function evictionBy(detector: string | undefined): Readonly<Record<string, number>> {
  return detector === 'concurrency-detector' ? { graceMs: 10 } : {};
}

/** Nothing, and 0, stand for the default. */
function limit(key: string, value: string | number | undefined): Readonly<Record<string, number>> {
  const number = value === undefined ? 0 : wholeNumber(value);
  return number === 0 ? {} : { [key]: number };
}
