import type { Scheduler } from '@pointsman/core';

/** Type of the plugin of that name; the name itself once the plugin is gone. */
export function pluginType({ pools }: Scheduler, pool: string, name: string): string {
  const plugins = pools.get(pool)?.plugins() ?? [];
  return plugins.find((plugin) => plugin.name === name)?.type ?? name;
}
