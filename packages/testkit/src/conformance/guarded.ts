import { type PluginInstance, type PluginUse, usePlugin } from '@pointsman/core';

/** The functions through which the engine calls a plugin. */
const CALLED = [
  'keep',
  'filterAll',
  'score',
  'scoreAll',
  'pick',
  'handle',
  'prepare',
  'extract',
  'preCall',
  'scoring',
  'postChoice',
  'progress',
  'afterResponse',
  'activated',
  'retired',
  'endpointAdded',
  'endpointRemoved',
  'handOver',
  'inspect',
] as const satisfies readonly (keyof PluginInstance)[];

/** The same plugin, but in the middle of a call the machine's time and chance are errors. */
export function guarded({ definition, params, name }: PluginUse): PluginUse {
  const create: typeof definition.create = (context) => {
    const instance = definition.create(context);
    const wrapped: PluginInstance = { ...instance };
    for (const face of CALLED) {
      const call = instance[face] as ((...args: unknown[]) => unknown) | undefined;
      if (call === undefined) continue;
      const guard = (...args: unknown[]) => withoutAmbient(() => call.apply(instance, args));
      Object.assign(wrapped, { [face]: guard });
    }
    return wrapped;
  };
  return usePlugin({ ...definition, create }, params, name);
}

/** Runs the synchronous part of a call with the machine's clock and chance out of order. */
function withoutAmbient<T>(call: () => T): T {
  const { random } = Math;
  const { now } = Date;
  const refuse = (what: string) => () => {
    throw new Error(`${what} was called: time and chance are given, as cycle.now, cycle.random and clock`);
  };
  Math.random = refuse('Math.random()');
  Date.now = refuse('Date.now()');
  try {
    return call();
  } finally {
    Math.random = random;
    Date.now = now;
  }
}
