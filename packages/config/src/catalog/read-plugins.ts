import { usePlugin } from '@pointsman/core';
import { type PluginEntry, pluginEntrySchema } from '../document/document-schema.ts';
import { isMapping, readEntries, readSection } from '../document/section-reader.ts';
import { discoveryTypes, fileDiscoveryParams, loaderTypes, parsersByType } from '../loader-types.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import { suggestName } from '../problems/nearest-name.ts';
import type { Reporter } from '../problems/reporter.ts';
import { PoolPlugins } from '../resolve/pool-plugins.ts';
import type { PluginCatalog } from './catalog.ts';
import { readParameters } from './read-parameters.ts';
import { missingCapability, unbuiltMessage, unbuiltTypes } from './reference-types.ts';

/** Reads a `plugins` list: finds each type and checks its parameters. */
export function readPlugins(value: unknown, path: ConfigPath, catalog: PluginCatalog, reporter: Reporter): PoolPlugins {
  const plugins = new PoolPlugins();
  for (const { path: at, raw, entry } of readEntries(pluginEntrySchema, path, value, reporter) ?? []) {
    const name = entry?.name ?? entry?.type ?? nameIn(raw);
    if (name !== undefined && plugins.isTaken(name)) {
      reporter.error(nameAt(at, raw), `two plugins are named "${name}"`, { hint: 'Give one of them another `name`.' });
      continue;
    }
    if (entry === undefined || !readPlugin(entry, at, plugins, catalog, reporter)) {
      plugins.refuse(name ?? '');
    }
  }
  return plugins;
}

function readPlugin(
  { type, name = type, parameters }: PluginEntry,
  path: ConfigPath,
  plugins: PoolPlugins,
  catalog: PluginCatalog,
  reporter: Reporter,
): boolean {
  const entry = { name, type, path, origin: 'declared' } as const;
  const parser = parsersByType.get(type);
  if (parser !== undefined) {
    plugins.add({ ...entry, parser });
    return true;
  }
  if (discoveryTypes.includes(type)) {
    const discovery = readSection(fileDiscoveryParams, [...path, 'parameters'], parameters ?? {}, reporter);
    if (discovery !== undefined) plugins.add({ ...entry, discovery });
    return discovery !== undefined;
  }
  const definition = catalog.find(type);
  if (definition === undefined) {
    reportUnknownType(type, [...path, 'type'], catalog, reporter);
    return false;
  }
  const read = readParameters(definition, parameters, path, reporter);
  if (read !== undefined) plugins.add({ ...entry, use: usePlugin(definition, read.params, name) });
  return read !== undefined;
}

/** Refuses a type by name: as one that is not built yet, or as one that nobody knows. */
function reportUnknownType(type: string, path: ConfigPath, catalog: PluginCatalog, reporter: Reporter): void {
  const capability = missingCapability(type, catalog);
  if (capability !== undefined) {
    reporter.error(path, unbuiltMessage(type, capability), { code: 'PLUGIN_NOT_FOUND' });
    return;
  }
  const known = [...catalog.names, ...loaderTypes, ...unbuiltTypes(catalog).keys()];
  reporter.error(path, `unknown plugin type "${type}"`, {
    code: 'PLUGIN_NOT_FOUND',
    hint: suggestName(type, known) ?? 'Name the package that brings it under `imports`.',
  });
}

function nameIn(raw: unknown): string | undefined {
  if (!isMapping(raw)) return undefined;
  const name = raw.name ?? raw.type;
  return typeof name === 'string' ? name : undefined;
}

function nameAt(path: ConfigPath, raw: unknown): ConfigPath {
  return [...path, isMapping(raw) && raw.name !== undefined ? 'name' : 'type'];
}
