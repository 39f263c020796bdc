import type { SourceOptions } from '@pointsman/core';
import type { PluginCatalog } from '../catalog/catalog.ts';
import type { DataLayerSection } from '../document/document-schema.ts';
import { MULTICLUSTER_FILE_DISCOVERY } from '../loader-types.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import type { Reporter } from '../problems/reporter.ts';
import type { EndpointDiscovery, PoolPlugin, PoolPlugins } from './pool-plugins.ts';
import { reportUndeclared } from './resolve-profiles.ts';

/** Where the data of a pool's endpoints come from. */
export interface ResolvedDataLayer {
  readonly sources: readonly SourceOptions[];
  readonly discovery: EndpointDiscovery | undefined;
}

const METRICS_SOURCE = 'metrics-data-source';
const METRICS_EXTRACTOR = 'core-metrics-extractor';

/**
 * Resolves `dataLayer`. Unless told otherwise, `metrics-data-source` with `core-metrics-extractor` is added. A metrics
 * source under another name counts as one; the reference then adds a second, which here would write the same data.
 */
export function resolveDataLayer(
  section: DataLayerSection | undefined,
  path: ConfigPath,
  plugins: PoolPlugins,
  catalog: PluginCatalog,
  reporter: Reporter,
): ResolvedDataLayer {
  const sources: { fetcher: PoolPlugin; extractors: readonly PoolPlugin[] }[] = [];
  const find = (name: string, kind: 'fetcher' | 'extractor', what: string, at: ConfigPath) => {
    const plugin = plugins.find(name);
    if (plugin === undefined) {
      if (!plugins.isRefused(name)) reportUndeclared(name, at, plugins, reporter);
      return undefined;
    }
    if (plugin.use?.definition.kinds.includes(kind)) return plugin;
    reporter.error(at, `"${name}" is no ${what}`);
    return undefined;
  };
  for (const [index, { pluginRef, extractors = [] }] of (section?.sources ?? []).entries()) {
    const at = [...path, 'sources', index];
    const fetcher = find(pluginRef, 'fetcher', 'data source', [...at, 'pluginRef']);
    const found = extractors.flatMap(
      (extractor, i) =>
        find(extractor.pluginRef, 'extractor', 'extractor', [...at, 'extractors', i, 'pluginRef']) ?? [],
    );
    if (fetcher === undefined) continue;
    if (sources.some((source) => source.fetcher === fetcher)) {
      reporter.error([...at, 'pluginRef'], `"${pluginRef}" is listed as a source twice`, {
        hint: 'List all of its extractors in one entry.',
      });
      continue;
    }
    sources.push({ fetcher, extractors: found });
  }
  const hasMetrics = sources.some(({ fetcher }) => fetcher.use?.definition.type === METRICS_SOURCE);
  if (section?.injectDefaults !== false && !hasMetrics) {
    const inject = (type: string) => {
      const declared = plugins.find(type);
      if (declared !== undefined || plugins.isRefused(type)) return declared;
      const definition = catalog.find(type);
      return definition && plugins.create(definition, definition.params.parse({}), path, 'injected');
    };
    const fetcher = inject(METRICS_SOURCE);
    const extractor = inject(METRICS_EXTRACTOR);
    if (fetcher !== undefined && extractor !== undefined) sources.push({ fetcher, extractors: [extractor] });
  }
  warnOfUnwired(plugins, sources, reporter);
  refuseReplicas(section, path, reporter);
  return {
    sources: sources.map(({ fetcher, extractors }) => ({
      fetcher: fetcher.use!,
      extractors: extractors.map((extractor) => extractor.use!),
    })),
    discovery: resolveDiscovery(section, path, plugins, reporter),
  };
}

function resolveDiscovery(
  section: DataLayerSection | undefined,
  path: ConfigPath,
  plugins: PoolPlugins,
  reporter: Reporter,
): EndpointDiscovery | undefined {
  const name = section?.discovery?.pluginRef;
  if (name === undefined) return undefined;
  const at = [...path, 'discovery', 'pluginRef'];
  const plugin = plugins.find(name);
  if (plugin === undefined) {
    if (!plugins.isRefused(name)) reportUndeclared(name, at, plugins, reporter);
  } else if (plugin.discovery === undefined) {
    reporter.error(at, `"${name}" finds no endpoints`, { hint: 'Point at a plugin of the type file-discovery.' });
  }
  if (plugin?.discovery === undefined) return undefined;
  return plugin.type === MULTICLUSTER_FILE_DISCOVERY
    ? { ...plugin.discovery, metricsFromLabels: true }
    : plugin.discovery;
}

function warnOfUnwired(
  plugins: PoolPlugins,
  sources: readonly { readonly extractors: readonly PoolPlugin[] }[],
  reporter: Reporter,
): void {
  const wired = new Set(sources.flatMap(({ extractors }) => extractors));
  for (const plugin of plugins.uses) {
    const { kinds } = plugin.use.definition;
    if (kinds.length === 1 && kinds[0] === 'extractor' && !wired.has(plugin)) {
      reporter.warn(plugin.path, `no data source has the extractor "${plugin.name}": it gets no data`);
    }
  }
}

/** Several replicas that share state are not built. What the reference ignores as well is only a warning. */
function refuseReplicas(section: DataLayerSection | undefined, path: ConfigPath, reporter: Reporter): void {
  if (section?.crossReplicaSyncerPluginRef !== undefined) {
    reporter.error(
      [...path, 'crossReplicaSyncerPluginRef'],
      'state shared between replicas is known to llm-d but not built in this version (cross-replica state)',
      { code: 'PLUGIN_NOT_FOUND' },
    );
  }
  for (const key of ['peerDiscovery', 'crossReplicaSyncInterval'] as const) {
    if (section?.[key] !== undefined) {
      reporter.warn([...path, key], `${key} has no effect: replicas share no state in this version`, { at: 'key' });
    }
  }
}
