import type { Histogram, Metrics, PluginDefinition, PluginInstance, Progress } from '@pointsman/core';

import { BUCKETS } from './buckets.ts';

/** The functions that are timed, by llm-d's names of the points at which they run. */
const POINTS: Partial<Record<keyof PluginInstance, string>> = {
  preCall: 'RequestHeader',
  prepare: 'DataProducer',
  handle: 'ProfilePicker',
  filterAll: 'Filter',
  scoreAll: 'Scorer',
  pick: 'Picker',
  postChoice: 'PreRequest',
  progress: 'ResponseStreaming',
  afterResponse: 'ResponseComplete',
};

type AnyFunction = (...args: unknown[]) => unknown;

/**
 * Makes the function that puts a stopwatch into plugins: how long each of them takes, under the name that llm-d's endpoint
 * picker gives the metric. It costs two looks at the clock and an observation for each call of a plugin. Filters and
 * scorers that look at endpoints one by one are not timed.
 */
export function timePlugins(metrics: Metrics): (definition: PluginDefinition) => PluginDefinition {
  const durations = metrics.histogram({
    name: 'llm_d_epp_plugin_duration_seconds',
    help: 'What each call of a plugin takes.',
    labels: ['extension_point', 'plugin_type', 'plugin_name'],
    buckets: BUCKETS.pluginSeconds,
  });
  const timed = new WeakMap<PluginDefinition, PluginDefinition>();
  return (definition) => {
    // One definition has one that is timed: a plugin that a reload leaves as it is keeps its state.
    let known = timed.get(definition);
    if (known === undefined) {
      known = {
        ...definition,
        create: (context) => timedInstance(definition.create(context), definition.type, context.name, durations),
      };
      timed.set(definition, known);
    }
    return known;
  };
}

function timedInstance(plugin: PluginInstance, type: string, name: string, durations: Histogram): PluginInstance {
  // What is no plugin at all, the engine refuses.
  if (typeof plugin !== 'object' || plugin === null) return plugin;
  const bound = new Map<PropertyKey, AnyFunction>();
  // Over nothing, because a plugin that is frozen must give out its own functions only.
  return new Proxy<PluginInstance>(Object.create(null), {
    has: (_, key) => key in plugin,
    get(_, key) {
      const value: unknown = Reflect.get(plugin, key, plugin);
      if (typeof value !== 'function') return value;
      let found = bound.get(key);
      if (found === undefined) {
        const run: AnyFunction = (...args) => (value as AnyFunction).apply(plugin, args);
        const point = POINTS[key as keyof PluginInstance];
        found = point === undefined ? run : stopwatch(run, point, type, name, durations);
        bound.set(key, found);
      }
      return found;
    },
  });
}

function stopwatch(run: AnyFunction, point: string, type: string, name: string, durations: Histogram): AnyFunction {
  const labels = { extension_point: point, plugin_type: type, plugin_name: name };
  const atHeaders = { ...labels, extension_point: 'ResponseReceived' };
  return (...args) => {
    const startedMs = performance.now();
    const done = () => {
      const isHeaders = point === 'ResponseStreaming' && (args[2] as Progress).kind === 'headers';
      durations.observe((performance.now() - startedMs) / 1000, isHeaders ? atHeaders : labels);
    };
    let result: unknown;
    try {
      result = run(...args);
    } catch (error) {
      done();
      throw error;
    }
    if (result instanceof Promise) return result.finally(done);
    done();
    return result;
  };
}
