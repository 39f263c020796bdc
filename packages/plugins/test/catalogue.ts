import type { PluginDefinition } from '@pointsman/core';
import * as load from '@pointsman/plugin-load';
import * as placement from '@pointsman/plugin-placement';
import * as prefixCache from '@pointsman/plugin-prefix-cache';
import * as selection from '@pointsman/plugin-selection';
import * as sessionAffinity from '@pointsman/plugin-session-affinity';
import * as tokenizer from '@pointsman/plugin-tokenizer';

function isDefinition(value: unknown): value is PluginDefinition {
  return typeof value === 'function' && 'contract' in value && 'type' in value;
}

const packages = [load, placement, prefixCache, selection, sessionAffinity, tokenizer];

/** Every plugin that a package exports, by its type and its aliases. */
export const catalogue: ReadonlyMap<string, PluginDefinition> = new Map(
  packages
    .flatMap((exported) => Object.values(exported as Record<string, unknown>))
    .filter(isDefinition)
    .flatMap((definition) => [definition.type, ...definition.aliases].map((type) => [type, definition] as const)),
);
