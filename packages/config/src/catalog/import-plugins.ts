import { join } from 'node:path';
import { CONTRACT_VERSION, type PluginDefinition } from '@pointsman/core';
import { loaderTypes } from '../loader-types.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import type { Reporter } from '../problems/reporter.ts';
import { createCatalog, type PluginCatalog } from './catalog.ts';
import { loadPluginModule } from './plugin-module.ts';
import { resolveModule } from './resolve-module.ts';

/** A catalogue with what `imports` brought. */
export interface ImportedPlugins {
  readonly catalog: PluginCatalog;
  /** Absolute paths of the modules behind relative imports: what somebody may be working on. */
  readonly files: readonly string[];
}

/** Loads the packages and files of `imports`, and adds their plugins to a catalogue. */
export async function importPlugins(
  specifiers: readonly string[],
  path: ConfigPath,
  folder: string,
  catalog: PluginCatalog,
  reporter: Reporter,
): Promise<ImportedPlugins> {
  const definitions = [...catalog.definitions];
  const taken = new Map<string, string>(catalog.names.map((name) => [name, 'this version']));
  for (const type of loaderTypes) taken.set(type, 'this version');
  const files: string[] = [];
  for (const [index, specifier] of specifiers.entries()) {
    const at = [...path, index];
    const found = await importOne(specifier, at, folder, reporter, files);
    for (const definition of found) {
      if (definitions.includes(definition)) continue;
      const names = [definition.type, ...definition.aliases];
      const clash = names.find((name) => taken.has(name));
      if (clash !== undefined) {
        reporter.error(at, `"${specifier}" brings the plugin type "${clash}", which ${taken.get(clash)} has already`, {
          hint: 'A type belongs to one package.',
        });
        continue;
      }
      for (const name of names) taken.set(name, `"${specifier}"`);
      definitions.push(definition);
    }
  }
  return { catalog: createCatalog(definitions), files };
}

async function importOne(
  specifier: string,
  path: ConfigPath,
  folder: string,
  reporter: Reporter,
  files: string[],
): Promise<readonly PluginDefinition[]> {
  const isPath = /^(\.{0,2}\/|file:)/.test(specifier);
  const entry = resolveModule(specifier, join(folder, 'configuration'));
  if (entry === undefined) {
    reporter.error(path, isPath ? `there is no module "${specifier}"` : `the package "${specifier}" is not installed`, {
      code: 'PLUGIN_NOT_FOUND',
      hint: isPath ? `Paths are relative to ${folder}.` : `Run \`npm install ${packageOf(specifier)}\` in ${folder}.`,
    });
    return [];
  }
  let exports: unknown;
  try {
    const module = await loadPluginModule(entry);
    exports = module.exports;
    if (isPath) files.push(...module.files);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    reporter.error(path, `"${specifier}" could not be loaded: ${why}`, { code: 'PLUGIN_FAILED' });
    return [];
  }
  const found = definitionsIn(exports);
  if (found.length === 0) {
    reporter.error(path, `"${specifier}" exports no plugin`, {
      code: 'PLUGIN_INCOMPATIBLE',
      hint: 'A plugin is what a define... function of @pointsman/core returns.',
    });
  }
  return found.filter((definition) => {
    if (definition.contract === CONTRACT_VERSION) {
      if (isComplete(definition)) return true;
      reporter.error(path, `"${definition.type}" of "${specifier}" is no complete plugin`, {
        code: 'PLUGIN_INCOMPATIBLE',
        hint: 'A plugin is what a define... function of @pointsman/core returns.',
      });
      return false;
    }
    const { contract } = definition;
    const built = contract === undefined ? 'for no known contract' : `for contract ${String(contract)}`;
    reporter.error(
      path,
      `"${definition.type}" of "${specifier}" was built ${built}; this version speaks ${CONTRACT_VERSION}`,
      {
        code: 'PLUGIN_INCOMPATIBLE',
        hint: 'Install a version of the plugin that fits this version of @pointsman/core.',
      },
    );
    return false;
  });
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** What is a plugin among the exports: by name, as the default, in a list, or in a CommonJS `module.exports`. */
function definitionsIn(exports: unknown): readonly PluginDefinition[] {
  const found = new Set<PluginDefinition>();
  const look = (value: unknown, depth: number) => {
    if (isDefinition(value)) found.add(value);
    else if (Array.isArray(value)) for (const each of value) look(each, depth);
    else if (typeof value === 'object' && value !== null && depth > 0) {
      for (const each of Object.values(value)) look(each, depth - 1);
    }
  };
  look(exports, 2);
  return [...found];
}

/** Also true for plugins of other contracts: those are refused by name. */
function isDefinition(value: unknown): value is PluginDefinition {
  if ((typeof value !== 'function' && typeof value !== 'object') || value === null) return false;
  const { type, create, kinds } = value as Partial<PluginDefinition>;
  return typeof type === 'string' && typeof create === 'function' && Array.isArray(kinds);
}

/** What a definition of this contract must have; one that was put together by hand may lack it. */
function isComplete({ aliases, params, readsOf, writesOf }: PluginDefinition): boolean {
  return (
    Array.isArray(aliases) &&
    typeof params?.safeParse === 'function' &&
    typeof readsOf === 'function' &&
    typeof writesOf === 'function'
  );
}
