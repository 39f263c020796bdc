import type { DataKey } from '@pointsman/core';
import type { PluginCatalog } from '../catalog/catalog.ts';
import type { Reporter } from '../problems/reporter.ts';
import type { PoolPlugin, PoolPlugins } from './pool-plugins.ts';

/**
 * Adds what produces data that plugins read and nobody writes. The id of a key ends in the name of its producer: when
 * that is a fetcher of the catalogue that needs no parameters, it is created under its type name. Repeated, because
 * producers read data too.
 */
export function addMissingProducers(plugins: PoolPlugins, catalog: PluginCatalog, reporter: Reporter): void {
  let missing = missingData(plugins);
  for (let progress = true; progress && missing.size > 0; ) {
    progress = false;
    for (const [key, reader] of missing) {
      const type = producerOf(key);
      if (plugins.isTaken(type)) continue;
      const definition = catalog.find(type);
      if (definition?.type !== type || !definition.kinds.includes('fetcher')) continue;
      const params = definition.params.safeParse({});
      if (!params.success || !definition.writesOf(params.data, type).some(({ id }) => id === key)) continue;
      plugins.create(definition, params.data, reader.path, 'auto-created');
      progress = true;
    }
    missing = missingData(plugins);
  }
  // A plugin that was refused may be the producer: its own error says enough.
  if (plugins.hasRefused) return;
  for (const [key, reader] of missing) {
    const producer = producerOf(key);
    reporter.error(reader.path, `"${reader.name}" reads ${key}, which no plugin writes`, {
      code: 'DATA_UNPRODUCED',
      hint: producer === key ? 'Add a plugin that writes it.' : `Add a plugin that writes it, such as "${producer}".`,
    });
  }
}

function producerOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** Data that somebody reads and nobody writes, with the first reader. */
function missingData(plugins: PoolPlugins): ReadonlyMap<string, PoolPlugin> {
  const written = new Set<string>();
  const read = new Map<string, PoolPlugin>();
  for (const plugin of plugins.uses) {
    const { definition, params, name } = plugin.use;
    for (const { id } of keysOf(() => definition.writesOf(params, name))) written.add(id);
    for (const { id, isOptional } of keysOf(() => definition.readsOf(params, name))) {
      if (!isOptional && !read.has(id)) read.set(id, plugin);
    }
  }
  for (const id of written) read.delete(id);
  return read;
}

/** A plugin that cannot even say which data it uses is refused by the engine, with its reason. */
function keysOf(declare: () => readonly DataKey[]): readonly DataKey[] {
  try {
    return declare();
  } catch {
    return [];
  }
}
