import type { ProfileOptions, WeightedScorer } from '@pointsman/core';
import type { PluginCatalog } from '../catalog/catalog.ts';
import { type ProfileEntry, profileSchema } from '../document/document-schema.ts';
import { isMapping, readEntries } from '../document/section-reader.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import { suggestName } from '../problems/nearest-name.ts';
import type { Reporter } from '../problems/reporter.ts';
import type { PoolPlugin, PoolPlugins } from './pool-plugins.ts';

/** A pool's profiles and the plugin that decides which of them run. */
export interface ResolvedProfiles {
  readonly profiles: Readonly<Record<string, ProfileOptions>>;
  readonly profileHandler: PoolPlugin | undefined;
}

const DEFAULT_PICKER = 'max-score-picker';
const DEFAULT_HANDLER = 'single-profile-handler';
const CONDITIONAL_DECODE = 'conditional-decode-filter';

/** Profiles by the names that configurations give them, whose endpoints do not decode. */
const WITHOUT_DECODE: ReadonlySet<string> = new Set(['prefill', 'encode']);

/**
 * Resolves `schedulingProfiles`, with the reference's defaults: without any, one profile `default` of every filter,
 * scorer and picker; a profile without a picker gets the first that is declared, else `max-score-picker`; a single
 * profile without a handler gets `single-profile-handler`. Clients may ask for conditional decode: profiles of a pool
 * without a `conditional-decode-filter` of its own end with one.
 * @param detector name of a plugin that may be there for something else than profiles: to say how full the pool is
 */
export function resolveProfiles(
  value: unknown,
  path: ConfigPath,
  plugins: PoolPlugins,
  catalog: PluginCatalog,
  reporter: Reporter,
  detector: string,
): ResolvedProfiles {
  const entries = readEntries(profileSchema, path, value, reporter) ?? [];
  const handler = resolveHandler(Math.max(1, entries.length), path, plugins, catalog, reporter);
  const fallbackPicker = plugins.uses.find(({ use }) => use.definition.kinds.includes('picker'));
  const profiles = new Map<string, ProfileOptions>();
  const conditionalDecode = catalog.find(CONDITIONAL_DECODE);
  const hasOwnCondition = plugins.uses.some(({ use }) => use.definition === conditionalDecode);
  const build = (name: string, members: readonly Member[], at: ConfigPath) => {
    const profile = buildProfile(name, members, reporter);
    const picker = profile.picker ?? fallbackPicker ?? injectPicker(plugins, catalog, at, reporter);
    if (conditionalDecode !== undefined && !hasOwnCondition && !WITHOUT_DECODE.has(name)) {
      const params = conditionalDecode.params.parse({});
      const filter = plugins.find(CONDITIONAL_DECODE) ?? plugins.create(conditionalDecode, params, at, 'injected');
      if (filter.use?.definition === conditionalDecode) profile.filters.push(filter.use);
    }
    if (picker?.use !== undefined) profiles.set(name, { ...profile, picker: picker.use });
  };
  if (entries.length === 0) {
    const members = plugins.uses
      .filter(({ use }) => use.definition.kinds.some((kind) => PROFILE_KINDS.has(kind)))
      .map((plugin) => ({ plugin, path: plugin.path, weight: undefined }));
    build('default', members, path);
  }
  const names = new Set<string>();
  for (const { path: at, raw, entry } of entries) {
    const name = entry?.name ?? (isMapping(raw) && typeof raw.name === 'string' ? raw.name : undefined);
    if (name !== undefined && names.has(name)) {
      reporter.error([...at, 'name'], `two profiles are named "${name}"`, { hint: 'Give one of them another name.' });
      continue;
    }
    if (name !== undefined) names.add(name);
    if (entry !== undefined) build(entry.name, membersOf(entry, at, plugins, reporter), at);
  }
  warnOfUnused(plugins, profiles, detector, reporter);
  return { profiles: Object.fromEntries(profiles), profileHandler: handler };
}

interface Member {
  readonly plugin: PoolPlugin;
  readonly path: ConfigPath;
  readonly weight: number | undefined;
}

const PROFILE_KINDS: ReadonlySet<string> = new Set(['filter', 'scorer', 'picker']);

function membersOf(entry: ProfileEntry, path: ConfigPath, plugins: PoolPlugins, reporter: Reporter): readonly Member[] {
  return (entry.plugins ?? []).flatMap(({ pluginRef, weight }, index) => {
    const at = [...path, 'plugins', index, 'pluginRef'];
    const plugin = plugins.find(pluginRef);
    if (plugin !== undefined) return [{ plugin, path: at, weight }];
    if (!plugins.isRefused(pluginRef)) reportUndeclared(pluginRef, at, plugins, reporter);
    return [];
  });
}

/** Says that a reference points at nothing. */
export function reportUndeclared(name: string, path: ConfigPath, plugins: PoolPlugins, reporter: Reporter): void {
  reporter.error(path, `no plugin is named "${name}"`, {
    hint: suggestName(name, plugins.names) ?? 'Declare it under `plugins`.',
  });
}

function buildProfile(name: string, members: readonly Member[], reporter: Reporter) {
  const filters: NonNullable<PoolPlugin['use']>[] = [];
  const scorers: WeightedScorer[] = [];
  let picker: PoolPlugin | undefined;
  for (const { plugin, path, weight } of members) {
    const kinds = plugin.use?.definition.kinds ?? [];
    if (plugin.use === undefined || !kinds.some((kind) => PROFILE_KINDS.has(kind))) {
      reporter.warn(path, `"${plugin.name}" is no filter, scorer or picker: it has no effect in a profile`);
      continue;
    }
    if (kinds.includes('filter')) filters.push(plugin.use);
    if (kinds.includes('scorer')) scorers.push([plugin.use, weight ?? 1]);
    else if (weight !== undefined) reporter.warn(path, `"${plugin.name}" is no scorer: its weight has no effect`);
    if (!kinds.includes('picker')) continue;
    if (picker !== undefined) {
      reporter.error(path, `profile "${name}" has two pickers, "${picker.name}" and "${plugin.name}"`, {
        hint: 'Leave one of them out.',
      });
    }
    picker ??= plugin;
  }
  return { filters, scorers, picker };
}

function injectPicker(
  plugins: PoolPlugins,
  catalog: PluginCatalog,
  path: ConfigPath,
  reporter: Reporter,
): PoolPlugin | undefined {
  const known = plugins.find(DEFAULT_PICKER);
  if (known?.origin === 'injected') return known;
  const definition = catalog.find(DEFAULT_PICKER);
  if (definition !== undefined) return plugins.create(definition, definition.params.parse({}), path, 'injected');
  if (!plugins.hasRefused) reporter.error(path, 'there is no picker', { hint: 'Declare one under `plugins`.' });
  return undefined;
}

function resolveHandler(
  profileCount: number,
  path: ConfigPath,
  plugins: PoolPlugins,
  catalog: PluginCatalog,
  reporter: Reporter,
): PoolPlugin | undefined {
  const [handler, second] = plugins.uses.filter(({ use }) => use.definition.kinds.includes('profile-handler'));
  if (second !== undefined) {
    reporter.error(second.path, `there are two profile handlers, "${handler?.name}" and "${second.name}"`, {
      hint: 'Leave one of them out.',
    });
  }
  if (handler === undefined) {
    const definition = catalog.find(DEFAULT_HANDLER);
    if (profileCount === 1) {
      return definition && plugins.create(definition, definition.params.parse({}), path, 'injected');
    }
    if (!plugins.hasRefused) {
      reporter.error(path, `${profileCount} profiles need a profile handler`, {
        hint: 'Declare the plugin that decides which of them run.',
      });
    }
  } else if (handler.use.definition.type === DEFAULT_HANDLER && profileCount > 1) {
    reporter.error(handler.path, `"${handler.name}" runs one profile, but there are ${profileCount}`, {
      hint: 'Use a profile handler that knows several.',
    });
  }
  return handler;
}

function warnOfUnused(
  plugins: PoolPlugins,
  profiles: ReadonlyMap<string, ProfileOptions>,
  detector: string,
  reporter: Reporter,
): void {
  const used = new Set([detector]);
  for (const { filters = [], scorers = [], picker } of profiles.values()) {
    for (const use of filters) used.add(use.name);
    for (const scorer of scorers) used.add('definition' in scorer ? scorer.name : scorer[0].name);
    used.add(picker.name);
  }
  for (const { name, path, origin, use } of plugins.uses) {
    const { kinds } = use.definition;
    if (origin === 'declared' && !used.has(name) && kinds.every((kind) => PROFILE_KINDS.has(kind))) {
      reporter.warn(path, `no profile uses the plugin "${name}"`);
    }
  }
}
