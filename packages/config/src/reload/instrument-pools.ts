import { type PluginDefinition, type PluginUse, type PoolOptions, usePlugin } from '@pointsman/core';

/** What takes the place of a plugin's definition: the same for the same one. */
export type Instrument = (definition: PluginDefinition) => PluginDefinition;

/** The same pools with other definitions of their plugins. */
export function instrumentPools(
  pools: Readonly<Record<string, PoolOptions>>,
  instrument: Instrument | undefined,
): Readonly<Record<string, PoolOptions>> {
  if (instrument === undefined) return pools;
  const uses = new Map<PluginUse, PluginUse>();
  const other = (use: PluginUse): PluginUse => {
    const known = uses.get(use) ?? usePlugin(instrument(use.definition), use.params, use.name);
    uses.set(use, known);
    return known;
  };
  return Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, instrumentPool(pool, other)]));
}

function instrumentPool(pool: PoolOptions, other: (use: PluginUse) => PluginUse): PoolOptions {
  const { profiles, profileHandler, plugins = [], sources = [] } = pool;
  return {
    ...pool,
    profiles: Object.fromEntries(
      Object.entries(profiles).map(([name, { filters = [], scorers = [], picker }]) => [
        name,
        {
          filters: filters.map(other),
          scorers: scorers.map((scorer) =>
            'definition' in scorer ? other(scorer) : ([other(scorer[0]), scorer[1]] as const),
          ),
          picker: other(picker),
        },
      ]),
    ),
    ...(profileHandler !== undefined && { profileHandler: other(profileHandler) }),
    plugins: plugins.map(other),
    sources: sources.map(({ fetcher, extractors = [] }) => ({
      fetcher: other(fetcher),
      extractors: extractors.map(other),
    })),
  };
}
