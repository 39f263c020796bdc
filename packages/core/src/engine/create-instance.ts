import type { Clock } from '../contract/clock.ts';
import type { ColumnOf, EndpointWriter } from '../contract/columns.ts';
import type { DataKey } from '../contract/data-key.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import { PointsmanError } from '../contract/errors.ts';
import type { Logger } from '../contract/logger.ts';
import type { Metrics } from '../contract/metrics.ts';
import type { PluginInstance, PluginUse } from '../contract/plugin.ts';
import { CONTRACT_VERSION } from '../contract/version.ts';
import type { RequestCycle } from './cycle.ts';
import type { DataStore } from './data-store.ts';
import { EndpointReader } from './endpoint-reader.ts';
import type { EndpointTable } from './endpoint-table.ts';
import type { Faults } from './faults.ts';
import type { DetectorLink, Instance } from './instance.ts';
import { refusePromise } from './refuse-promise.ts';
import { undeclared } from './undeclared.ts';

/** What instances of one pool share. */
export interface InstanceContext {
  readonly pool: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly table: EndpointTable;
  readonly store: DataStore;
}

/** Creates a plugin. @throws PointsmanError PLUGIN_INCOMPATIBLE, PLUGIN_FAILED */
export function createInstance(use: PluginUse, context: InstanceContext, faults: Faults, inherited: unknown): Instance {
  const { definition, params, name } = use;
  const version: unknown = definition?.contract;
  if (version !== CONTRACT_VERSION) {
    throw new PointsmanError(
      'PLUGIN_INCOMPATIBLE',
      `plugin "${name ?? definition?.type}" was built for contract ${String(version)}; this engine speaks ${CONTRACT_VERSION}`,
      {
        plugin: name,
        hint: 'Install a version of the plugin that fits this version of @pointsman/core.',
      },
    );
  }
  const detectors = new Map<string, DetectorLink>();
  const closers: (() => void | Promise<void>)[] = [];
  try {
    const reads = definition.readsOf(params, name);
    const writes = definition.writesOf(params, name);
    const plugin = definition.create({
      params,
      name,
      pool: context.pool,
      clock: context.clock,
      log: context.log,
      metrics: context.metrics,
      endpoints: context.table,
      inherited,
      read: (key) => columnReader(requireDeclared(key, reads, name, 'reads'), context.store),
      write: (key) => endpointWriter(requireDeclared(key, writes, name, 'writes'), context.store),
      saturation: (detector) => askDetector(linkTo(detector, detectors), faults),
      onClose: (fn) => closers.push(fn),
    });
    requireFaces(plugin, use);
    return {
      name,
      definition,
      params,
      reads,
      writes,
      requestWrites: writes.filter((key) => key.scope !== 'endpoint').map((key) => key.id),
      plugin,
      reader: new EndpointReader(name, reads, context.store),
      detectors,
      async close() {
        for (const fn of closers.reverse()) {
          try {
            await fn();
          } catch (error) {
            context.log.warn(`plugin "${name}" failed to close: ${String(error)}`);
          }
        }
      },
    };
  } catch (error) {
    for (const fn of closers.reverse()) {
      try {
        void Promise.resolve(fn()).catch(() => {});
      } catch {
        // The reason for the failure is what matters.
      }
    }
    if (PointsmanError.is(error)) throw error;
    throw new PointsmanError(
      'PLUGIN_FAILED',
      `plugin "${name}" (type ${definition.type}) could not be created: ${error instanceof Error ? error.message : String(error)}`,
      { plugin: name, cause: error },
    );
  }
}

function linkTo(detector: string, detectors: Map<string, DetectorLink>): DetectorLink {
  const link = detectors.get(detector) ?? { instance: undefined };
  detectors.set(detector, link);
  return link;
}

function askDetector(link: DetectorLink, faults: Faults): (endpoints: readonly Endpoint[]) => number {
  return (endpoints) => {
    if (link.instance === undefined) return 0;
    const { name, plugin } = link.instance;
    try {
      const saturation = plugin.saturation!(endpoints);
      refusePromise(saturation, 'saturation()');
      if (saturation >= 0) return saturation;
      throw new Error(`saturation() answered ${saturation}`);
    } catch (error) {
      faults.report(name, 'saturation', error);
      return 0;
    }
  };
}

/** Which functions an instance must have to be what its kinds say. */
const FACES = {
  filter: ['keep', 'filterAll'],
  scorer: ['score', 'scoreAll'],
  picker: ['pick'],
  fetcher: ['prepare', 'poll', 'stream'],
  extractor: ['extract'],
  'profile-handler': ['handle'],
  hooks: [],
} as const;

function requireFaces(plugin: PluginInstance, use: PluginUse): void {
  for (const kind of use.definition.kinds) {
    const faces: readonly (keyof PluginInstance)[] = FACES[kind] ?? [];
    if (faces.length > 0 && !faces.some((face) => typeof plugin?.[face] === 'function')) {
      throw new PointsmanError(
        'PLUGIN_INCOMPATIBLE',
        `plugin "${use.name}" is a ${kind}, but what it created has no function ${faces.join(' or ')}`,
        { plugin: use.name },
      );
    }
  }
}

function requireDeclared(
  key: DataKey,
  declared: readonly DataKey[],
  plugin: string,
  list: 'reads' | 'writes',
): DataKey {
  const known = declared.find((other) => other.id === key.id);
  if (known !== undefined) return known;
  throw undeclared(plugin, 'uses', key, list);
}

function columnReader<K>(key: DataKey, store: DataStore): ColumnOf<K> {
  switch (key.scope) {
    case 'endpoint':
      return store.column(key) as unknown as ColumnOf<K>;
    case 'request':
      return {
        of: (cycle: RequestCycle) => cycle.valueOf(key),
      } as unknown as ColumnOf<K>;
    case 'candidate':
      return {
        of: (cycle: RequestCycle) => cycle.candidateRows(key.id),
      } as unknown as ColumnOf<K>;
  }
}

function endpointWriter<K>(key: DataKey, store: DataStore): EndpointWriter<K> {
  return {
    set: (endpoint, value) => store.set(endpoint, key, value),
    add: (endpoint, amounts) => store.add(endpoint, key, amounts as Readonly<Record<string, number>>),
    clear: (endpoint) => store.clear(endpoint, key),
  };
}
