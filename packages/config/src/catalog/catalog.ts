import { CONTRACT_VERSION, type PluginDefinition, PointsmanError } from '@pointsman/core';

/** Plugin definitions by type name and alias. */
export interface PluginCatalog {
  readonly definitions: readonly PluginDefinition[];
  /** Finds a definition by its type or by one of its aliases. */
  find(type: string): PluginDefinition | undefined;
  /** Every type name and alias. */
  readonly names: readonly string[];
}

/**
 * Makes a catalogue.
 * @throws PointsmanError CONFIG_INVALID when two definitions share a name, PLUGIN_INCOMPATIBLE for another contract version
 */
export function createCatalog(definitions: readonly PluginDefinition[]): PluginCatalog {
  const byName = new Map<string, PluginDefinition>();
  for (const definition of definitions) {
    if (definition.contract !== CONTRACT_VERSION) {
      throw new PointsmanError(
        'PLUGIN_INCOMPATIBLE',
        `plugin type "${definition.type}" was built for contract ${String(definition.contract)}, not ${CONTRACT_VERSION}`,
      );
    }
    for (const name of [definition.type, ...definition.aliases]) {
      const other = byName.get(name);
      if (other !== undefined && other !== definition) {
        throw new PointsmanError('CONFIG_INVALID', `two plugins are of the type "${name}"`, {
          hint: 'Every type name and alias belongs to one definition.',
        });
      }
      byName.set(name, definition);
    }
  }
  return {
    definitions: [...new Set(byName.values())],
    find: (type) => byName.get(type),
    names: [...byName.keys()],
  };
}
