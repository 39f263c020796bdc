import type { PluginDefinition } from '@pointsman/core';
import { builtinPlugins } from '../src/index.ts';

/** Every built-in plugin by its type and its aliases. */
export const catalogue: ReadonlyMap<string, PluginDefinition> = new Map(
  builtinPlugins.flatMap((definition) => [definition.type, ...definition.aliases].map((type) => [type, definition])),
);
