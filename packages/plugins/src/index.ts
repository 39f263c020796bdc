import type { PluginDefinition } from '@pointsman/core';
import { accountingPlugins } from '@pointsman/plugin-accounting';
import { disaggPlugins } from '@pointsman/plugin-disagg';
import { flowControlPlugins } from '@pointsman/plugin-flow-control';
import { kvEventsPlugins } from '@pointsman/plugin-kv-events';
import { latencyPlugins } from '@pointsman/plugin-latency';
import { loadPlugins } from '@pointsman/plugin-load';
import { placementPlugins } from '@pointsman/plugin-placement';
import { prefixCachePlugins } from '@pointsman/plugin-prefix-cache';
import { selectionPlugins } from '@pointsman/plugin-selection';
import { sessionAffinityPlugins } from '@pointsman/plugin-session-affinity';
import { tokenizerPlugins } from '@pointsman/plugin-tokenizer';

/** Every plugin that comes with Pointsman: what configuration finds by type name without `imports`. */
export const builtinPlugins: readonly PluginDefinition[] = [
  ...selectionPlugins,
  ...disaggPlugins,
  ...loadPlugins,
  ...latencyPlugins,
  ...placementPlugins,
  ...prefixCachePlugins,
  ...kvEventsPlugins,
  ...sessionAffinityPlugins,
  ...tokenizerPlugins,
  ...accountingPlugins,
  ...flowControlPlugins,
];
