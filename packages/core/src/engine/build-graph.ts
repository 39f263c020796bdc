import type { DataKey } from '../contract/data-key.ts';
import { PointsmanError } from '../contract/errors.ts';
import type { GraphOptions, ProfileOptions } from '../contract/options.ts';
import type { PluginKind, PluginUse } from '../contract/plugin.ts';
import { CandidateRowsPool } from './candidate-rows.ts';
import { orderByData, writersOf } from './data-order.ts';
import type { DataStore } from './data-store.ts';
import type { CompiledProfile, CompiledSource, Graph } from './graph.ts';
import type { Instance } from './instance.ts';

/**
 * Checks and wires a configuration.
 * @param obtain creates the instance of a use, or gives the one that is at work already
 * @throws PointsmanError CONFIG_INVALID, DATA_UNPRODUCED, DATA_CONFLICT, DATA_CYCLE, PLUGIN_INCOMPATIBLE, PLUGIN_FAILED
 */
export function buildGraph(options: GraphOptions, store: DataStore, obtain: (use: PluginUse) => Instance): Graph {
  const uses = collectUses(options);
  const instances = new Map<string, Instance>();
  for (const [name, use] of uses) instances.set(name, obtain(use));
  const all = [...instances.values()];
  requireDetectors(instances);
  const writers = writersOf(all);
  const levels = orderByData(all, writers);
  const instanceOf = (use: PluginUse) => instances.get(use.name)!;

  const profiles = new Map<string, CompiledProfile>();
  for (const [name, profile] of Object.entries(options.profiles)) {
    profiles.set(name, compileProfile(name, profile, instanceOf, writers, store));
  }
  if (profiles.size === 0) throw new PointsmanError('CONFIG_INVALID', 'there is no scheduling profile');
  const handler = options.profileHandler === undefined ? undefined : instanceOf(options.profileHandler);
  if (handler === undefined && profiles.size > 1) {
    throw new PointsmanError('CONFIG_INVALID', `${profiles.size} profiles need a profile handler`, {
      hint: 'Name the plugin that decides which profiles run.',
    });
  }
  if (handler !== undefined) requireKind(options.profileHandler!, 'profile-handler', 'as profile handler');

  const sources: CompiledSource[] = (options.sources ?? []).map((source) => ({
    fetcher: instanceOf(requireKind(source.fetcher, 'fetcher', 'as data source')),
    extractors: (source.extractors ?? []).map((use) => instanceOf(requireKind(use, 'extractor', 'as extractor'))),
  }));
  const withExtractors = new Set(sources.map((source) => source.fetcher));
  for (const instance of all) {
    if (instance.plugin.poll !== undefined && !withExtractors.has(instance)) {
      sources.push({ fetcher: instance, extractors: [] });
    }
  }

  const requestKeys = new Map<string, DataKey>();
  const candidateSlots = new Map<string, number>();
  const candidatePools: CandidateRowsPool[] = [];
  for (const key of all.flatMap((instance) => [...instance.reads, ...instance.writes])) {
    if (key.scope === 'request') requestKeys.set(key.id, key);
    if (key.scope === 'candidate' && !candidateSlots.has(key.id)) {
      candidateSlots.set(key.id, candidatePools.length);
      candidatePools.push(new CandidateRowsPool(key));
    }
  }

  return {
    instances,
    profiles,
    onlyProfile: profiles.size === 1 ? [...profiles.values()][0] : undefined,
    profileNames: [...profiles.keys()],
    handler,
    preCall: all.filter((instance) => instance.plugin.preCall !== undefined),
    admit: all.filter((instance) => instance.plugin.admit !== undefined),
    prepare: levels
      .map((level) => level.filter((i) => i.plugin.prepare !== undefined))
      .filter((level) => level.length > 0),
    scoring: all.filter((instance) => instance.plugin.scoring !== undefined),
    postChoice: all.filter((instance) => instance.plugin.postChoice !== undefined),
    progress: all.filter((instance) => instance.plugin.progress !== undefined),
    afterResponse: all.filter((instance) => instance.plugin.afterResponse !== undefined),
    readsResponseBody: all.some((instance) => instance.plugin.readsResponseBody === true),
    sources,
    streams: all.filter((instance) => instance.plugin.stream !== undefined),
    untilAnswered: [...requestKeys.values()].filter(({ until }) => until === 'answered').map(({ id }) => id),
    requestKeys,
    candidatePools,
    candidateSlot: (keyId) => candidateSlots.get(keyId),
  };
}

/** Every use by instance name, in the order in which they are named. */
function collectUses(options: GraphOptions): Map<string, PluginUse> {
  const uses = new Map<string, PluginUse>();
  const add = (use: PluginUse) => {
    const known = uses.get(use.name);
    if (known !== undefined && (known.definition !== use.definition || known.params !== use.params)) {
      throw new PointsmanError('CONFIG_INVALID', `two plugins are named "${use.name}"`, {
        plugin: use.name,
        hint: "Give one of them another name: use.as('other-name'). To use one instance twice, pass the same value.",
      });
    }
    uses.set(use.name, known ?? use);
  };
  for (const use of options.plugins ?? []) add(use);
  for (const source of options.sources ?? []) {
    add(source.fetcher);
    for (const use of source.extractors ?? []) add(use);
  }
  for (const profile of Object.values(options.profiles)) {
    for (const use of profile.filters ?? []) add(use);
    for (const scorer of profile.scorers ?? []) add(scorerOf(scorer)[0]);
    add(profile.picker);
  }
  if (options.profileHandler !== undefined) add(options.profileHandler);
  return uses;
}

function scorerOf(scorer: NonNullable<ProfileOptions['scorers']>[number]): readonly [PluginUse, number] {
  return 'definition' in scorer ? [scorer, 1] : scorer;
}

function requireDetectors(instances: ReadonlyMap<string, Instance>): void {
  for (const { name, detectors } of instances.values()) {
    for (const detector of detectors.keys()) {
      const found = instances.get(detector);
      if (found?.plugin.saturation !== undefined) continue;
      const what =
        found === undefined
          ? `there is no plugin "${detector}"`
          : `"${detector}", a ${found.definition.type}, knows nothing of saturation`;
      throw new PointsmanError(
        'CONFIG_INVALID',
        `plugin "${name}" asks "${detector}" how full the pool is, but ${what}`,
        {
          plugin: name,
        },
      );
    }
  }
}

function requireKind(use: PluginUse, kind: PluginKind, where: string): PluginUse {
  if (use.definition.kinds.includes(kind)) return use;
  throw new PointsmanError(
    'CONFIG_INVALID',
    `plugin "${use.name}" is used ${where}, but ${use.definition.type} is a ${use.definition.kinds.join(' and ')}`,
    { plugin: use.name },
  );
}

function compileProfile(
  name: string,
  profile: ProfileOptions,
  instanceOf: (use: PluginUse) => Instance,
  writers: ReadonlyMap<string, Instance>,
  store: DataStore,
): CompiledProfile {
  const where = (what: string) => `as ${what} of profile "${name}"`;
  const filters = (profile.filters ?? []).map((use) => instanceOf(requireKind(use, 'filter', where('filter'))));
  const scorers: Instance[] = [];
  const weights: number[] = [];
  for (const scorer of profile.scorers ?? []) {
    const [use, weight] = scorerOf(scorer);
    if (!Number.isFinite(weight)) {
      throw new PointsmanError('CONFIG_INVALID', `scorer "${use.name}" of profile "${name}" has the weight ${weight}`);
    }
    scorers.push(instanceOf(requireKind(use, 'scorer', where('scorer'))));
    weights.push(weight);
  }
  const picker = instanceOf(requireKind(profile.picker, 'picker', where('picker')));
  const ages = new Map<string, DataKey>();
  for (const instance of [...filters, ...scorers]) {
    for (const key of instance.reads) {
      const writer = writers.get(key.id)?.name;
      if (key.scope === 'endpoint' && writer !== undefined && !ages.has(writer)) ages.set(writer, key);
    }
  }
  return {
    name,
    filters,
    scorers,
    weights,
    picker,
    ageColumns: [...ages.values()].map((key) => store.column(key)),
    ageWriters: [...ages.keys()],
  };
}
